import { escapeInvisible } from "./visible.js";

interface Secret {
  /** The value, and how JSON and base64 write it, also as a part of a longer text. */
  readonly literals: readonly string[];
  readonly base64: readonly string[];
  /** Any mix of its characters with their escapes in addresses, JSON and HTML; made when a text has escapes. */
  escaped?: RegExp;
}

const known = new Map<string, Secret>();

/** Removes `value` from every message that this package writes from now on. */
export function registerSecret(value: string | undefined): void {
  if (value === undefined || value.length < 4 || known.has(value)) return;
  const literals = new Set([value, JSON.stringify(value).slice(1, -1)]);
  known.set(value, {
    literals: [...literals],
    base64: [0, 1, 2].flatMap((offset) => base64Core(value, offset)),
  });
}

const credentialHeader = /auth|token|key|secret|cookie|password|credential|session/i;
const longHeader = 16;

/** Registers a header that may be a credential: a short value such as `platform` would blot out paths. */
export function registerHeader(name: string, value: string): void {
  if (!credentialHeader.test(name) && value.length < longHeader) return;
  registerSecret(value);
  const [, scheme, credentials] = /^\s*(\S+)\s+(\S+)\s*$/.exec(value) ?? [];
  if (credentials !== undefined && credentials.length >= 8) registerSecret(credentials);
  if (scheme?.toLowerCase() === "basic" && credentials !== undefined) {
    registerSecret(
      Buffer.from(credentials, "base64")
        .toString()
        .replace(/^[^:]*:/, ""),
    );
  }
}

/** The characters of a base64 text that `value` alone decides, with `offset` bytes before it in its group of three. */
function base64Core(value: string, offset: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
  const text = bytes
    .toString("base64")
    .slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
  // Of a short value, or one that is encoded already, nothing certain is left.
  if (text.length < 10) return [];
  return [...new Set([text, text.replaceAll("+", "-").replaceAll("/", "_")])];
}

const patterns: readonly [RegExp, string][] = [
  // Prefixes of GitLab's tokens: https://docs.gitlab.com/security/tokens/#token-prefixes
  // Only these: a group may be called "global-services".
  [/\bgl(?:agent|cbt|dt|ffct|ft|imt|oas|pat|ptt|rt|rtr|soat|wt)-[A-Za-z0-9_.-]{8,}/g, "[secret]"],
  [/(\b(?:private_token|access_token|job_token|token)=)[^&\s"]+/gi, "$1[secret]"],
  [/(\b(?:bearer|basic)\s+)[A-Za-z0-9+/=._~-]{6,}/gi, "$1[secret]"],
  [/(:\/\/)[^/\s@]+@/g, "$1"],
];

const escapes = /%[\da-f]{2}|\\u[\da-f]{4}|&(?:#|\w{2,4};)/i;

/** Removes registered credentials, in any encoding, and everything that looks like one. */
export function redact(text: string): string {
  let clean = text;
  const hasEscapes = escapes.test(text);
  for (const [value, secret] of known) {
    for (const literal of secret.literals) clean = clean.replaceAll(literal, "[secret]");
    for (const core of secret.base64) if (clean.includes(core)) clean = withoutWord(clean, core);
    if (hasEscapes && value.length <= 256) {
      secret.escaped ??= new RegExp([...value].map(anyForm).join(""), "gi");
      clean = clean.replace(secret.escaped, "[secret]");
    }
  }
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement);
  return clean;
}

/** The whole base64 text around `core`: it may begin with a user name and a colon. */
function withoutWord(text: string, core: string): string {
  return text.replace(
    new RegExp(`[A-Za-z\\d+/_-]*${literally(core)}[A-Za-z\\d+/_-]*={0,2}`, "g"),
    "[secret]",
  );
}

const named: Readonly<Record<string, string>> = {
  "&": "amp",
  "<": "lt",
  ">": "gt",
  '"': "quot",
  "'": "apos",
};

function anyForm(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const percent = [...Buffer.from(character)].map((byte) => `%${hex(byte, 2)}`).join("");
  const json = [...Array(character.length).keys()]
    .map((at) => `\\\\u${hex(character.charCodeAt(at), 4)}`)
    .join("");
  const name = named[character];
  const forms = [literally(character), percent, json, `&#0*${code};`, `&#x0*${code.toString(16)};`];
  return `(?:${[...forms, ...(name === undefined ? [] : [`&${name};`])].join("|")})`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** A message as it is printed: in one line, without credentials, with nothing in it that a reader cannot see. */
export function printableMessage(text: string): string {
  return escapeInvisible(redact(text));
}
