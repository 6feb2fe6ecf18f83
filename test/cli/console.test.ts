import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Console, confirm, Progress } from "../../provider/cli/console.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function console(isTTY: boolean) {
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const all: Console = { stdin, stdout: new PassThrough(), stderr, env: {} };
  return { all, stdin, printed: () => String(stderr.read() ?? "") };
}

/** The progress of work that has taken a second. */
function working(isTTY: boolean, isQuiet = false) {
  const { all, printed } = console(isTTY);
  const progress = new Progress(all, isQuiet);
  vi.advanceTimersByTime(1_000);
  return { progress, printed };
}

it("prints the progress of long work at most once a second, and no progress of short work", () => {
  const { all, printed } = console(false);
  const progress = new Progress(all, false);
  progress.step(() => "1");
  vi.advanceTimersByTime(1_000);
  progress.step(() => "2");
  progress.step(() => "3");
  progress.warn("look");
  expect(printed()).toBe("2\nwarning: look\n");
});

it("on a terminal each line replaces the one before, and a message clears it", () => {
  const { progress, printed } = working(true);
  progress.step(() => "1");
  vi.advanceTimersByTime(1_000);
  progress.step(() => "2");
  progress.info("done");
  expect(printed()).toBe("\r\u001b[K1\r\u001b[K2\r\u001b[Kdone\n");
});

it("on a terminal the line is cleared before the result is written", () => {
  const { progress, printed } = working(true);
  progress.step(() => "1");
  progress.clear();
  progress.clear();
  expect(printed()).toBe("\r\u001b[K1\r\u001b[K");
});

it("--quiet does not suppress warnings", () => {
  const { progress, printed } = working(false, true);
  progress.step(() => "1");
  progress.info("2");
  progress.warn("3");
  expect(printed()).toBe("warning: 3\n");
});

it("treats the end of the input as a no", async () => {
  const { all, stdin } = console(true);
  const asked = confirm(all, "Delete?");
  stdin.end();
  expect(await asked).toBe(false);
});

it.each([
  ["y", true],
  ["YES", true],
  ["n", false],
  ["", false],
])("treats %j as %s", async (answer, confirmed) => {
  const { all, stdin } = console(true);
  const asked = confirm(all, "Delete?");
  stdin.write(`${answer}\n`);
  expect(await asked).toBe(confirmed);
});
