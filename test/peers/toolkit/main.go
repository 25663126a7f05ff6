// Says for each file that is named on standard input what the exporter-toolkit of Prometheus thinks of it: one line
// each, "ok" or "refused: REASON".
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/prometheus/exporter-toolkit/web"
)

func verdict(path string) (text string) {
	defer func() {
		if cause := recover(); cause != nil {
			text = fmt.Sprintf("refused: panic: %v", cause)
		}
	}()
	if err := web.Validate(path); err != nil {
		return "refused: " + err.Error()
	}
	return "ok"
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println(strings.ReplaceAll(verdict(lines.Text()), "\n", " "))
	}
}
