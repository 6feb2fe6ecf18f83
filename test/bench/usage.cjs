// Loaded into a process that is measured: tells at its end what it used.
process.once("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = { cpu: (userCPUTime + systemCPUTime) / 1e6, memory: maxRSS / 1024 };
  require("node:fs").writeSync(2, `usage ${JSON.stringify(usage)}\n`);
});
