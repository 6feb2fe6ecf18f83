import { type Input, Output, secret } from "@pulumi/pulumi";
import { describeValue } from "../describe-value.js";
import type { DeployTokenError } from "../gitlab/errors.js";
import { invalid } from "../invalid-argument.js";
import { asRunError } from "../without-stack-trace.js";
import { checkScopes, type ScopeNeed } from "./scope-needs.js";
import {
  badArgument,
  type Credentials,
  checkOptions,
  credentialsOf,
  type DeployTokenCredentials,
  type DeployTokenSource,
  type Inputs,
  mapInput,
  tokenOf,
} from "./source.js";

/** One of several tokens in one file: the token and its options. */
export type DeployTokenEntry<Options> = Options & {
  /** A resource, a rotating component, or an object with `username` and `token`. */
  readonly token: DeployTokenSource;
};

/** The argument of a helper: one token, or a list of tokens with their own options. */
export type DeployTokenEntries<Options> = DeployTokenSource | readonly DeployTokenEntry<Options>[];

/** One format. `writeFormat` does everything that the formats have in common. */
export interface Format<Options extends object, Parts extends object, Result> {
  /** The helper's name, for messages. */
  readonly name: string;
  /** The names of its options. */
  readonly options: readonly (keyof Options & string)[];
  /** The scopes that GitLab requires there. */
  readonly needs: readonly ScopeNeed[] | ((options: Options) => Input<readonly ScopeNeed[]>);
  /** Whether the file gives a meaning to some characters that it cannot escape. */
  readonly plainToken?: boolean;
  /** The checked options. `label` begins each error message. */
  readonly parts: (source: DeployTokenCredentials, options: Options, label: string) => Inputs<Parts>;
  /** The keys that may be in the file only once. */
  readonly keys?: (parts: Parts) => readonly string[];
  readonly write: (entries: readonly (Credentials & Parts)[]) => Result;
}

/** Writes a format: checks the known values at once, writes when all are known, and returns a secret. */
export function writeFormat<Options extends object, Parts extends object, Result>(
  format: Format<Options, Parts, Result>,
  token: DeployTokenEntries<Options>,
  options: Options | undefined,
): Output<Result> {
  const entries = entriesOf(format, token, options).map((entry) => entryParts(format, entry));
  const unique = mapInput<readonly Parts[], true>(
    entries.map(({ parts }) => parts) as unknown as Inputs<readonly Parts[]>,
    (parts) => refuseTwice(format, parts),
  );
  const ready = entries.map((entry) =>
    mapInput<Ready<Parts>, Credentials & Parts>(
      { ...entry, unique } as unknown as Inputs<Ready<Parts>>,
      ({ login, parts }) => ({ ...parts, ...login }),
    ),
  );
  const text = mapInput<readonly (Credentials & Parts)[], Result>(
    ready as unknown as Inputs<readonly (Credentials & Parts)[]>,
    (all) => format.write(all),
  );
  return secret(text) as Output<Result>;
}

/** A format whose text has room for one token only. */
export interface FormatOfOne<Options extends object, Parts extends object, Result>
  extends Omit<Format<Options, Parts, Result>, "write" | "keys"> {
  readonly write: (entry: Credentials & Parts) => Result;
}

export function writeOne<Options extends object, Parts extends object, Result>(
  format: FormatOfOne<Options, Parts, Result>,
  token: DeployTokenSource,
  options: Options | undefined,
): Output<Result> {
  if (Array.isArray(token)) {
    throw refusal(`${format.name}: its first argument is a list; wanted: one deploy token`);
  }
  const ofOne: Format<Options, Parts, Result> = {
    ...format,
    write: (entries) => entries.map(format.write)[0] as Result,
  };
  return writeFormat(ofOne, token, options);
}

function entryParts<Options extends object, Parts extends object>(
  format: Format<Options, Parts, unknown>,
  { label, token, options }: Entry<Options>,
) {
  const { needs } = format;
  checkOptions(label, options, format.options);
  const source = tokenOf(label, token);
  return {
    needs: checkScopes(label, source, typeof needs === "function" ? needs(options) : needs),
    login: mapInput<{ login: Credentials }, Credentials>(
      { login: credentialsOf(label, source) },
      ({ login }) => (format.plainToken === true ? plain(label, login) : login),
    ),
    parts: mapInput<Parts, Parts>(format.parts(source, options, label), (parts) => parts),
  };
}

interface Ready<Parts> {
  /** Not used, only waited for, like `unique`. */
  readonly needs: true;
  readonly unique: true;
  readonly login: Credentials;
  readonly parts: Parts;
}

interface Entry<Options> {
  readonly token: DeployTokenSource;
  readonly options: Options;
  readonly label: string;
}

function entriesOf<Options extends object>(
  { name }: { readonly name: string },
  token: DeployTokenEntries<Options>,
  options: Options | undefined,
): readonly Entry<Options>[] {
  if (!Array.isArray(token)) {
    const given = options === undefined ? ({} as Options) : options;
    return [{ token: token as DeployTokenSource, options: given, label: name }];
  }
  const list = token as readonly DeployTokenEntry<Options>[];
  if (options !== undefined) {
    throw refusal(
      `${name}: its second argument is given together with a list; wanted: options in each entry`,
    );
  }
  if (list.length === 0) throw refusal(`${name}: its first argument is an empty list; wanted: an entry`);
  return Array.from(list, (entry, index) => {
    const label = `${name}[${index}]`;
    // A resource has an output of that name.
    if (
      typeof entry !== "object" ||
      entry === null ||
      Output.isInstance(entry.token) ||
      typeof entry.token === "string"
    ) {
      throw refusal(`${label} is ${describeValue(entry)}; wanted: an object with token, a deploy token`);
    }
    const { token: source, ...rest } = entry;
    return { token: source, options: rest as unknown as Options, label };
  });
}

// Other characters have a meaning in a file: npm reads "${…}" as a variable, others end at a quote or a blank.
function plain(label: string, login: Credentials): Credentials {
  if (/^[\w.~+/-]+=*$/.test(login.token)) return login;
  throw badArgument(label, "token", "[secret]", "letters, digits and . _ ~ + / - only");
}

function refuseTwice<Parts extends object>(
  { name, keys }: Pick<Format<object, Parts, unknown>, "name" | "keys">,
  parts: readonly Parts[],
): true {
  const found = new Set<string>();
  for (const [index, part] of parts.entries()) {
    for (const key of keys?.(part) ?? []) {
      if (found.has(key)) throw refusal(`${name}[${index}]: ${key} appears twice; wanted: once in the file`);
      found.add(key);
    }
  }
  return true;
}

/** An error that points to the program's line. */
export function refusal(message: string): DeployTokenError {
  return asRunError(invalid(message));
}
