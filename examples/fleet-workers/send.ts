import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { readDeclaration } from "../fleet/declaration";
import { type Command, commands, connect, type Order, queue, type Result } from "./queue";

// Sends a job for each team and follows them to their end: npx tsx send.ts up [TEAM...]

async function main([command = "", ...wanted]: readonly string[]): Promise<boolean> {
  const declared = readDeclaration().teams.map(({ name }) => name);
  const teams = wanted.length === 0 && command !== "destroy" ? declared : wanted;
  if (!isCommand(command) || teams.length === 0 || !teams.every((team) => declared.includes(team)))
    throw new Error(`wanted: ${commands.join("|")} [TEAM...], destroy with TEAM; all: ${declared.join(" ")}`);
  const boss = await connect();
  const run = randomUUID();
  let succeeded = true;
  for (const team of teams) {
    const order: Order = { team, command, run };
    if ((await boss.send(queue, order, { singletonKey: team })) !== null) continue;
    console.log(`${team}: ${command} FAILED: another request waits for this stack already`);
    succeeded = false;
  }
  const ours = { data: { run }, limit: 100_000 };
  const printed = new Set<string>();
  for (let open = true; open; await delay(500)) {
    open = false;
    for (const { state, data, output, retryCount } of await boss.findJobs<Order>(queue, ours)) {
      const isOver = ["completed", "failed", "cancelled"].includes(state);
      // A job without a result: its workers were lost each time.
      const noResult = { succeeded: !isOver, summary: `try ${retryCount + 1}` };
      const result = state === "completed" ? (output as Result) : noResult;
      const line = `${data.team}: ${command} ${result.succeeded ? state : "FAILED"}, ${result.summary}`;
      if (!printed.has(line)) console.log(line);
      printed.add(line);
      open ||= !isOver;
      succeeded &&= result.succeeded;
    }
  }
  await boss.stop();
  return succeeded;
}

function isCommand(text: string): text is Command {
  return (commands as readonly string[]).includes(text);
}

main(process.argv.slice(2)).then(
  (succeeded) => process.exit(succeeded ? 0 : 1),
  (error: unknown) => {
    console.error(String(error));
    process.exit(1);
  },
);
