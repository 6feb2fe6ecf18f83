import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { nameBeside } from "../settings.js";
import { DeployTokenError } from "./errors.js";

/** A PEM text and the setting that it comes from. */
export interface Pem {
  readonly text: string;
  readonly source: string;
}

const certificate =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/** Refuses a file without a certificate, such as a key or the wrong file. */
export function checkCertificates({ text, source }: Pem): void {
  parseCertificates({ text, source });
}

/** Refuses a client certificate that Node.js could not use, or would use silently. */
export function checkClientCertificate(cert: Pem | undefined, key: Pem | undefined): void {
  if (cert === undefined) {
    if (key !== undefined)
      throw refuse(
        key.source,
        "is set without a client certificate",
        `${nameBeside(key.source, "clientCert")} too`,
      );
    return;
  }
  const [first] = parseCertificates(cert);
  if (key === undefined)
    throw refuse(
      cert.source,
      "is set without its private key",
      `${nameBeside(cert.source, "clientKey")} too`,
    );
  if (first !== undefined && !first.checkPrivateKey(parseKey(key))) {
    throw refuse(
      `${cert.source} and ${key.source}`,
      "do not belong together",
      "a certificate and its own key",
    );
  }
}

function parseCertificates({ text, source }: Pem): X509Certificate[] {
  const found = text.match(certificate) ?? [];
  if (found.length === 0) throw refuse(source, "contains no certificate", "certificates in PEM");
  return found.map((pem) => {
    try {
      return new X509Certificate(pem);
    } catch {
      throw refuse(source, "contains an unreadable certificate", "certificates in PEM");
    }
  });
}

function parseKey({ text, source }: Pem): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw /ENCRYPTED/.test(text)
      ? refuse(source, "contains an encrypted key", "a private key without a passphrase, in PEM")
      : refuse(source, "contains no readable private key", "a private key in PEM");
  }
}

function refuse(source: string, given: string, wanted: string): DeployTokenError {
  return new DeployTokenError("invalid_argument", `${source} ${given}; wanted: ${wanted}`);
}
