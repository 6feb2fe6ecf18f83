import { AxiosError } from "axios";

interface AttemptLimit {
  /** Aborts when the attempt is over. */
  readonly signal: AbortSignal;
  /** Rejects when the attempt is over, even if axios ignores the signal. */
  readonly reached: Promise<never>;
  /** Whether the time limit, not the operation, ended the attempt. */
  isOver(): boolean;
  end(): void;
}

/**
 * The time limit of one attempt, which also ends with its operation. The timer keeps the process alive during the
 * attempt: a program with an empty event loop exits with 0, and Pulumi then deletes the resources it did not declare.
 */
export function limitAttempt(operation: AbortSignal, milliseconds: number): AttemptLimit {
  const controller = new AbortController();
  let isOver = false;
  let fail: (error: Error) => void;
  const reached = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const abort = () => {
    controller.abort();
    fail(new AxiosError("canceled", "ERR_CANCELED"));
  };
  const timer = setTimeout(() => {
    isOver = true;
    abort();
  }, milliseconds);
  operation.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    reached,
    isOver: () => isOver,
    end: () => {
      clearTimeout(timer);
      operation.removeEventListener("abort", abort);
    },
  };
}
