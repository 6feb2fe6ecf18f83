import { settingName } from "../settings.js";
import type { Connection } from "./connection.js";
import { clientCertificateNames } from "./hints.js";

/** The cause of a failed connection, and the setting that helps. */
interface ConnectionFault {
  readonly cause?: string;
  readonly advice: string;
}

/** Faults that may not occur again at the next attempt. */
const transient = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

export function isTransientFault(code: string | undefined): boolean {
  return code !== undefined && transient.has(code);
}

interface Kind {
  readonly matches: RegExp;
  readonly cause: string;
  readonly advice: (connection: Connection) => string;
}

/** By Node.js's code and OpenSSL's words: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const kinds: readonly Kind[] = [
  {
    matches: /wrong version number|packet length too long|http request|unexpected message/i,
    cause: "the server does not use TLS on this port",
    advice: (connection) =>
      `Check scheme and port of ${settingName("baseUrl", connection)} (${connection.baseUrl}).`,
  },
  {
    matches: /protocol version|unsupported protocol|version too low|no protocols available/i,
    cause: "the server and Node.js have no version of TLS in common",
    advice: () =>
      "The server must offer TLS 1.2 or later. NODE_OPTIONS=--tls-min-v1.0 allows an older version.",
  },
  {
    matches:
      /alert (handshake failure|(bad|unsupported) certificate|certificate \w+|unknown ca|access denied)|CERTIFICATE_REQUIRED/i,
    cause: "the server refused the TLS handshake",
    advice: (connection) =>
      connection.clientCert === undefined
        ? `If the server requires a client certificate, set ${clientCertificateNames(connection)}.`
        : `Check the client certificate in ${settingName("clientCert", connection)}.`,
  },
  {
    matches: /^CERT_HAS_EXPIRED/,
    cause: "the server's certificate has expired",
    advice: () => "Renew the certificate of the server, and check the clock of this machine.",
  },
  {
    matches: /^CERT_NOT_YET_VALID/,
    cause: "the server's certificate is not valid yet",
    advice: () => "Check the clock of this machine and the certificate of the server.",
  },
  {
    matches: /^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)/,
    cause: "the server's certificate is for another name",
    advice: (connection) =>
      `Use a name from the certificate in ${settingName("baseUrl", connection)} (${connection.baseUrl}).`,
  },
  {
    matches: /^(UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|CERT_UNTRUSTED|INVALID_CA)/,
    cause: "the server's certificate comes from an unknown authority",
    advice: (connection) =>
      `Set ${settingName("cacertFile", connection)} to the certificate of the authority.` +
      (process.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0"
        ? ` NODE_TLS_REJECT_UNAUTHORIZED has no effect here; ${settingName("insecure", connection)} accepts any certificate.`
        : ""),
  },
  {
    matches: /^ECONNRESET/,
    cause: "the server closed the connection before the TLS handshake ended",
    advice: general,
  },
];

function general(connection: Connection): string {
  return `Check ${settingName("baseUrl", connection)} (${connection.baseUrl}), the network and the proxy variables.`;
}

/** Explains a fault in which GitLab received nothing. */
export function explainFault(code: string, message: string, connection: Connection): ConnectionFault {
  const kind = kinds.find(({ matches }) => matches.test(code) || matches.test(message));
  return kind === undefined
    ? { advice: general(connection) }
    : { cause: kind.cause, advice: kind.advice(connection) };
}

const unsent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ERR_INVALID_URL",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** Whether the code alone says that GitLab received nothing. TLS 1.3 asks for a client certificate afterwards. */
export function meansUnsent(code: string | undefined): boolean {
  if (code === undefined) return false;
  return (
    unsent.has(code) || /^(UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|CERT_)|ALERT_CERTIFICATE_REQUIRED/.test(code)
  );
}
