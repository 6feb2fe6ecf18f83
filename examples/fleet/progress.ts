import { isTokenStep } from "./engine-output.js";

/** Lines about a run: which stack does what, and how far all of them are. */
export class Progress {
  private last = Date.now();
  private stacks = 0;
  private tokens = 0;

  constructor(
    private readonly stackCount: number,
    private readonly write: (line: string) => void,
    /** How often the sum is told at most, in milliseconds. */
    private readonly interval = 2_000,
  ) {}

  say(stack: string, message: string): void {
    this.write(`${stack}: ${message}`);
  }

  /** A line that a stack's engine printed. */
  engineLine(stack: string, line: string): void {
    if (/^\s*warning: /.test(line)) this.say(stack, line.trim());
    if (isTokenStep(line)) this.tokens++;
    if (Date.now() - this.last < this.interval) return;
    this.last = Date.now();
    this.write(`${this.stacks} of ${this.stackCount} stacks done, ${this.tokens} changes of deploy tokens`);
  }

  done(): void {
    this.stacks++;
  }
}
