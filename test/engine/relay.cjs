// Runs inside a network namespace without a way out: each argument PORT=SOCKET relays the loopback port to a socket of
// the file system, where the test relays it on. Stopped (SIGSTOP), it is a cable that was pulled.
const { connect, createServer } = require("node:net");

let open = 0;
const pairs = process.argv.slice(2).map((pair) => pair.split("="));
for (const [port, socket] of pairs) {
  createServer((client) => {
    const server = connect(socket);
    client.pipe(server).pipe(client);
    for (const end of [client, server]) {
      end.on("error", () => {});
      end.on("close", () => {
        client.destroy();
        server.destroy();
      });
    }
  }).listen(Number(port), "127.0.0.1", () => {
    open++;
    if (open === pairs.length) process.stdout.write("relay\n");
  });
}
