import type { Socket } from "node:net";
import { Client } from "pg";

/** Where the floor is measured: one narrow table, no index but the key. */
export const FLOOR_TABLE =
  "create table if not exists public.bench_floor (id bigint generated always as identity primary key, note text not null)";

const INSERT = { name: "floor", text: "insert into public.bench_floor (note) values ($1)" };
const READY_FOR_QUERY = "Z".charCodeAt(0);
const ERROR_RESPONSE = "E".charCodeAt(0);

/**
 * One connection that inserts one row per transaction, as fast as PostgreSQL answers.
 *
 * It prepares the statement through node-postgres and then writes the protocol's messages itself: through the
 * driver the floor would measure the driver, which costs more processor time than the insert.
 */
export class FloorConnection {
  readonly #client: Client;
  #socket!: Socket;
  #received: Buffer = Buffer.alloc(0);
  #done: { resolve: () => void; reject: (error: Error) => void } | undefined;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async open(url: string): Promise<FloorConnection> {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query({ ...INSERT, values: ["warm-up"] });
    const connection = new FloorConnection(client);
    connection.#takeOver();
    return connection;
  }

  async insert(note: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#done = { resolve, reject };
    this.#socket.write(insertMessages(note));
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #takeOver(): void {
    // node-postgres keeps its socket there and types do not name it.
    const { connection } = this.#client as unknown as { connection: { stream: Socket } };
    this.#socket = connection.stream;
    for (const event of ["data", "error", "close", "end"]) this.#socket.removeAllListeners(event);
    this.#socket.on("data", (chunk) => this.#take(chunk));
    this.#socket.on("error", (error) => this.#done?.reject(error));
  }

  // Every message is one byte of type and four of length, which count themselves and not the type.
  #take(chunk: Buffer): void {
    const data = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    let at = 0;
    while (at + 5 <= data.length) {
      const end = at + 1 + data.readInt32BE(at + 1);
      if (end > data.length) break;
      if (data[at] === ERROR_RESPONSE) this.#done?.reject(new Error(data.toString("utf8", at + 5, end)));
      if (data[at] === READY_FOR_QUERY) this.#done?.resolve();
      at = end;
    }
    this.#received = data.subarray(at);
  }
}

/**
 * Bind the prepared statement to one text, execute it, end the transaction.
 *
 * Source: PostgreSQL documentation, chapter "Frontend/Backend Protocol", message formats.
 */
function insertMessages(note: string): Buffer {
  const bind = Buffer.alloc(1 + 4 + 1 + INSERT.name.length + 1 + 2 + 2 + 4 + note.length + 2);
  let at = bind.write("B");
  at = bind.writeInt32BE(bind.length - 1, at);
  // The unnamed portal, then the statement's name.
  at += 1;
  at += bind.write(INSERT.name, at) + 1;
  // No parameter formats: all text. One parameter. No result formats.
  at = bind.writeInt16BE(0, at);
  at = bind.writeInt16BE(1, at);
  at = bind.writeInt32BE(note.length, at);
  at += bind.write(note, at);
  bind.writeInt16BE(0, at);
  return Buffer.concat([bind, EXECUTE_AND_SYNC]);
}

const EXECUTE_AND_SYNC = Buffer.from([
  ...Buffer.from("E"),
  0,
  0,
  0,
  9,
  0,
  0,
  0,
  0,
  0,
  ...Buffer.from("S"),
  0,
  0,
  0,
  4,
]);
