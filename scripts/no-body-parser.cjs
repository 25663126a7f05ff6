// Stands in for body-parser, which express loads and this program never uses: it reads no body of a request. With it, a
// fifth of the bundle and of the time to load it would be tables of character sets.
module.exports = {};
