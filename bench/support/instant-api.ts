// An API of Tencent Cloud that answers each call at once with the same facts; run as its own process.
import { createServer } from 'node:http';

const bodies: Record<string, string> = {
  DescribeDBInstanceSSLConfig: JSON.stringify({
    Response: { SSLEnabled: true, ConnectAddress: '10.0.0.1:5432', CAUrl: 'https://example.com/ca', RequestId: 'ssl' },
  }),
  DescribeEncryptionKeys: JSON.stringify({
    Response: {
      EncryptionKeys: [
        {
          KeyId: 'key-0123456789',
          KeyAlias: 'main',
          DEKCipherTextBlob: 'blob',
          IsEnabled: 1,
          KeyRegion: 'ap-guangzhou',
          CreateTime: '2026-01-01 00:00:00',
          KMSClusterId: 'cluster-1',
        },
      ],
      RequestId: 'kms',
    },
  }),
};

const server = createServer((request, response) => {
  request.resume();
  const body = bodies[String(request.headers['x-tc-action'])] ?? '';
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(`port ${(server.address() as { port: number }).port}`));
