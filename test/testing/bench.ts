import { type RawAnswer, type RawRequest, raw } from "../contract/raw.js";
import { gitlab } from "../support/emulator.js";
import { tokens } from "../support/run.js";

/** Sends a request as the owner of everything in the default seed, unless another token is given. */
export const ask = (path: string, request: RawRequest = {}, emulator = gitlab): Promise<RawAnswer> =>
  raw({ url: emulator.url, token: tokens.owner }, path, request);

export const valid = { name: "a", scopes: ["read_registry"] };
export const forbidden = { status: 403, body: { message: "403 Forbidden" } };
export const project404 = { status: 404, body: { message: "404 Project Not Found" } };
export const group404 = { status: 404, body: { message: "404 Group Not Found" } };
