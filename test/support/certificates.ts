// Certificates made when a test runs, so that no private key lies in the repository.
export { type CertificateRequest, createCertificate } from '../../src/demo/databases/certificates.ts';
