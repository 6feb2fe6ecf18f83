import { expect, it } from "vitest";
import { inParallel } from "../../provider/cli/in-parallel.js";

/** Work that the test ends. */
function controlled() {
  const begun: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const work = (item: number) => {
    begun.push(item);
    return new Promise<void>((resolve, reject) => {
      ends[item] = (error) => (error === undefined ? resolve() : reject(error));
    });
  };
  return { begun, end: (item: number, error?: Error) => ends[item]?.(error), work };
}

it("works on as many items at a time as the limit says, and starts the next when one has ended", async () => {
  const { begun, end, work } = controlled();
  const all = inParallel([1, 2, 3, 4], 2, work);
  expect(begun).toEqual([1, 2]);
  end(2);
  await expect.poll(() => begun).toEqual([1, 2, 3]);
  end(1);
  end(3);
  await expect.poll(() => begun).toEqual([1, 2, 3, 4]);
  end(4);
  await all;
});

it("starts nothing after a failure, waits for the work under way, and throws the first error", async () => {
  const { begun, end, work } = controlled();
  const all = inParallel([1, 2, 3, 4, 5, 6], 3, work);
  end(2, new Error("first"));
  end(1);
  end(3, new Error("second"));
  await expect(all).rejects.toThrow("first");
  expect(begun).toEqual([1, 2, 3]);
});
