// Runs in a network namespace without other connections. Each argument PORT=SOCKET relays a loopback port to a socket
// file, which the test relays on. A stopped relay (SIGSTOP) acts like a pulled cable.
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
