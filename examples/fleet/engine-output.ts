/** Cuts what comes in pieces into lines. */
export function byLine(onLine: (line: string) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  };
}

/** Whether a line of the engine's ends an operation on a deploy token. */
export function isTokenStep(line: string): boolean {
  return /DeployToken .*\b(?:created|deleted|replaced|updated|refreshed)\b/.test(line);
}

/** What the Automation API puts the whole output of a command into, by its errors alone. */
export function errorsIn(message: string): string {
  const errors = [...message.matchAll(/\berror: .*/g)].map(([error]) => error.trim());
  return errors.length === 0 ? message : [...new Set(errors)].join("\n  ");
}
