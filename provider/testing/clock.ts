/** The emulator's time: real until it is set. */
export class Clock {
  private fixed: number | undefined;

  /** What time it is for the emulator. */
  now(): Date {
    return new Date(this.fixed ?? Date.now());
  }

  /** Stops the clock at an instant; undefined lets it run again. */
  set(instant: Date | string | undefined): void {
    this.fixed = instant === undefined ? undefined : new Date(instant).getTime();
    if (Number.isNaN(this.fixed)) throw new RangeError(`clock: ${String(instant)} is no instant`);
  }

  /** Stops the clock so much later. */
  advance(milliseconds: number): void {
    this.fixed = this.now().getTime() + milliseconds;
  }
}
