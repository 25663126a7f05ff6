// The 41 web configurations in web/testdata of exporter-toolkit v0.17.1 (Apache-2.0), and whether it accepts them.
// Certificates and keys are those of web-files.ts; test/peers/web-config.test.ts compares with the original files.

const tls = (more = '') => `tls_server_config:\n  cert_file: "server.crt"\n  key_file: "server.key"\n${more}`;

/** `{{name}}` is the content of a file of web-files.ts. */
export const toolkitFixtures: readonly (readonly [verdict: 'ok' | 'refused', name: string, text: string])[] = [
  [
    'ok',
    'tls_config_noAuth.requireandverifyclientcert.good.yml',
    tls('  client_auth_type: "RequireAndVerifyClientCert"\n  client_ca_file: "client_selfsigned.pem"'),
  ],
  ['ok', 'tls_config_noAuth.requireanyclientcert.good.yml', tls('  client_auth_type: "RequireAnyClientCert"')],
  [
    'ok',
    'tls_config_noAuth.requireanyclientcertkeyinline.good.yml',
    'tls_server_config:\n  cert_file: "server.crt"\n  key: {{|-server.key}}\n  client_auth_type: "RequireAnyClientCert"',
  ],
  ['refused', 'web_config_auth_clientCAs_invalid.bad.yml', tls('  client_ca_file: "somefile"')],
  ['ok', 'web_config_auth_clientCAs_missing.bad.yml', tls('  client_auth_type: "RequireAndVerifyClientCert"')],
  [
    'ok',
    'web_config_auth_client_san.bad.yaml',
    tls(
      '  client_auth_type: "RequireAndVerifyClientCert"\n  client_ca_file: "client2_selfsigned.pem"\n  client_allowed_sans:\n    - "bad"',
    ),
  ],
  [
    'ok',
    'web_config_auth_client_san.good.yaml',
    tls(
      '  client_auth_type: "RequireAndVerifyClientCert"\n  client_ca_file: "client2_selfsigned.pem"\n  client_allowed_sans:\n    - "one"\n    - "test3"\n    - "two"',
    ),
  ],
  ['refused', 'web_config_auth_user_list_invalid.bad.yml', tls('basic_auth_users:\n  john: doe')],
  ['ok', 'web_config_empty.yml', ''],
  [
    'ok',
    'web_config_headers.good.yml',
    'http_server_config:\n  headers:\n    X-Frame-Options: deny\n    Strict-Transport-Security: max-age=31536000; includeSubDomains\n    X-Content-Type-Options: nosniff\n    X-XSS-Protection: 1\n    Content-Security-Policy: "default-src \'self\' *.test.example.net"',
  ],
  [
    'refused',
    'web_config_headers_content_type_options.bad.yml',
    'http_server_config:\n  headers:\n    X-Content-Type-Options: sniff',
  ],
  ['refused', 'web_config_headers_extra_header.bad.yml', 'http_server_config:\n  headers:\n    Content-Type: foo'],
  ['refused', 'web_config_headers_frame_options.bad.yml', 'http_server_config:\n  headers:\n    X-Frame-Options: foo'],
  ['refused', 'web_config_junk.yml', 'hWkNKCp3fvIx3jKnsaBI\nTuEjdwNS8A2vYdFbiKqr'],
  ['refused', 'web_config_junk_key.yml', 'tls_server_config:\n  cert_filse: "server.crt"'],
  ['refused', 'web_config_noAuth.bad.yml', tls('  client_ca_file: "/dev/null"')],
  ['ok', 'web_config_noAuth.good.blocking.yml', tls('  client_auth_type: "RequireAndVerifyClientCert"')],
  ['ok', 'web_config_noAuth.good.yml', tls('  client_auth_type: "VerifyClientCertIfGiven"')],
  [
    'ok',
    'web_config_noAuth_allCiphers.good.yml',
    tls(
      '  client_auth_type: "VerifyClientCertIfGiven"\n  cipher_suites:\n  - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n  - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\n  - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n  - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\n  - TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256\n  - TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256\n  - TLS_AES_128_GCM_SHA256\n  - TLS_AES_256_GCM_SHA384\n  - TLS_CHACHA20_POLY1305_SHA256\n  - TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA\n  - TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA\n  - TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\n  - TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
    ),
  ],
  [
    'ok',
    'web_config_noAuth_allCurves.good.yml',
    tls(
      '  client_auth_type: "VerifyClientCertIfGiven"\n  curve_preferences:\n    - CurveP256\n    - CurveP384\n    - CurveP521\n    - X25519',
    ),
  ],
  [
    'refused',
    'web_config_noAuth_certPath_empty.bad.yml',
    'tls_server_config:\n  cert_file: ""\n  key_file: "server.key"',
  ],
  [
    'refused',
    'web_config_noAuth_certPath_invalid.bad.yml',
    'tls_server_config:\n  cert_file: "somefile"\n  key_file: "server.key"',
  ],
  [
    'refused',
    'web_config_noAuth_certPath_keyPath_empty.bad.yml',
    'tls_server_config:\n  cert_file: ""\n  key_file: ""\n  client_auth_type: "x"',
  ],
  [
    'refused',
    'web_config_noAuth_certPath_keyPath_invalid.bad.yml',
    'tls_server_config:\n  cert_file: "somefile"\n  key_file: "somefile"',
  ],
  ['refused', 'web_config_noAuth_cert_empty.bad.yml', 'tls_server_config:\n  cert: ""\n  key_file: "server.key"'],
  [
    'refused',
    'web_config_noAuth_inventedCiphers.bad.yml',
    tls(
      '  client_auth_type: "VerifyClientCertIfGiven"\n  cipher_suites:\n  - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA2048',
    ),
  ],
  [
    'refused',
    'web_config_noAuth_inventedCurves.bad.yml',
    tls('  client_auth_type: "VerifyClientCertIfGiven"\n  curve_preferences:\n    - CurveP257'),
  ],
  [
    'refused',
    'web_config_noAuth_keyPath_empty.bad.yml',
    'tls_server_config:\n  cert_file: "server.crt"\n  key_file: ""',
  ],
  [
    'refused',
    'web_config_noAuth_keyPath_invalid.bad.yml',
    'tls_server_config:\n  cert_file: "server.cert"\n  key_file: "somefile"',
  ],
  ['refused', 'web_config_noAuth_key_empty.bad.yml', 'tls_server_config:\n  cert_file: "server.crt"\n  key: ""'],
  [
    'ok',
    'web_config_noAuth_noHTTP2.good.yml',
    tls(
      '  client_auth_type: "VerifyClientCertIfGiven"\n  cipher_suites:\n    - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\n  max_version: TLS12\nhttp_server_config:\n  http2: false',
    ),
  ],
  [
    'ok',
    'web_config_noAuth_noHTTP2Cipher.bad.yml',
    tls(
      '  client_auth_type: "VerifyClientCertIfGiven"\n  cipher_suites:\n    - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\n  max_version: TLS12',
    ),
  ],
  [
    'ok',
    'web_config_noAuth_someCiphers.good.yml',
    tls(
      '  client_auth_type: "VerifyClientCertIfGiven"\n  cipher_suites:\n  - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n  - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\n  min_version: TLS12\n  max_version: TLS12',
    ),
  ],
  [
    'ok',
    'web_config_noAuth_someCiphers_noOrder.good.yml',
    tls(
      '  client_auth_type: "VerifyClientCertIfGiven"\n  cipher_suites:\n  - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\n  - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n  prefer_server_cipher_suites: false\n  min_version: TLS12\n  max_version: TLS12',
    ),
  ],
  [
    'ok',
    'web_config_noAuth_someCurves.good.yml',
    tls('  client_auth_type: "VerifyClientCertIfGiven"\n  min_version: TLS13\n  curve_preferences:\n  - CurveP521'),
  ],
  [
    'ok',
    'web_config_noAuth_tlsInline.good.yml',
    'tls_server_config:\n  cert: {{|-server.crt}}\n  key: {{|-server.key}}\n  client_auth_type: "VerifyClientCertIfGiven"',
  ],
  [
    'refused',
    'web_config_noAuth_wrongTLSVersion.bad.yml',
    tls('  client_auth_type: "VerifyClientCertIfGiven"\n  min_version: TLS111'),
  ],
  ['ok', 'web_config_rate_limiter_nonblocking.yaml', 'rate_limit:\n  interval: 0\n  burst: 0'],
  ['ok', 'web_config_rate_limiter_one_second.yaml', 'rate_limit:\n  interval: "1s"\n  burst: 0'],
  [
    'ok',
    'web_config_users.good.yml',
    tls(
      'basic_auth_users:\n  alice: $2y$12$1DpfPeqF9HzHJt.EWswy1exHluGfbhnn3yXhR7Xes6m3WJqFg0Wby\n  bob: $2y$18$4VeFDzXIoPHKnKTU3O3GH.N.vZu06CVqczYZ8WvfzrddFU6tGqjR.\n  carol: $2y$10$qRTBuFoULoYNA7AQ/F3ck.trZBPyjV64.oA4ZsSBCIWvXuvQlQTuu\n  dave: $2y$10$2UXri9cIDdgeKjBo4Rlpx.U3ZLDV8X1IxKmsfOvhcM5oXQt/mLmXq',
    ),
  ],
  [
    'ok',
    'web_config_users_noTLS.good.yml',
    'basic_auth_users:\n  alice: $2y$12$1DpfPeqF9HzHJt.EWswy1exHluGfbhnn3yXhR7Xes6m3WJqFg0Wby\n  bob: $2y$18$4VeFDzXIoPHKnKTU3O3GH.N.vZu06CVqczYZ8WvfzrddFU6tGqjR.\n  carol: $2y$10$qRTBuFoULoYNA7AQ/F3ck.trZBPyjV64.oA4ZsSBCIWvXuvQlQTuu\n  dave: $2y$10$2UXri9cIDdgeKjBo4Rlpx.U3ZLDV8X1IxKmsfOvhcM5oXQt/mLmXq',
  ],
];
