/** A number with its noun: `1 deploy token`, `2 deploy tokens`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
