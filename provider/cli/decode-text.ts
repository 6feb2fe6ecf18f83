import { gunzipSync } from "node:zlib";

/**
 * A file's or a pipe's text: UTF-8 or UTF-16 (Windows PowerShell 5), with or without a mark; also gzipped, as Pulumi's
 * own backends may write a state.
 */
export function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return decodeText(gunzipSync(bytes));
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return utf16(Buffer.from(bytes.subarray(2)), true);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return utf16(Buffer.from(bytes.subarray(2)), false);
  // ASCII text in UTF-16 has a zero in each pair of bytes.
  const start = bytes.subarray(0, 64);
  const zeros = (from: number) => start.filter((byte, index) => index % 2 === from && byte === 0).length;
  if (zeros(1) > start.length / 4) return utf16(Buffer.from(bytes), false);
  if (zeros(0) > start.length / 4) return utf16(Buffer.from(bytes), true);
  return bytes.toString("utf8").replace(/^\uFEFF/, "");
}

function utf16(bytes: Buffer, isBigEndian: boolean): string {
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 2));
  return (isBigEndian ? whole.swap16() : whole).toString("utf16le");
}
