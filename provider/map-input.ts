import { type Input, Output, output } from "@pulumi/pulumi";

/** A value, or an object or list whose entries may each be an output. */
type Mappable<T> = Input<T> | { readonly [K in keyof T]: Input<T[K]> };

/**
 * Calls `work` at once if the value and its entries are known: a preview then knows the result, and an error has the
 * program's own line. Otherwise calls it when they are known, which in a preview may be never.
 */
export function mapInput<T, R>(value: Mappable<T>, work: (value: T) => R): R | Output<R> {
  return isPending(value) || holdsPending(value)
    ? (output(value).apply((known) => work(known as T)) as Output<R>)
    : work(value as T);
}

/** One level is enough: arguments are strings, lists of strings, and objects of strings. */
function holdsPending(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.values(value).some(isPending);
}

function isPending(value: unknown): boolean {
  return Output.isInstance(value) || value instanceof Promise;
}
