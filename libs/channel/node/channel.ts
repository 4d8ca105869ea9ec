// What a channel in Node needs of the backbone: records with the envelope's headers out, typed messages in.
import { randomUUID } from "node:crypto";
import { Consumer, Producer, stringDeserializers, stringSerializers } from "@platformatic/kafka";
import type { Messages, TopicName, WireType } from "./contracts.ts";
import { TOPICS } from "./contracts.ts";

type TypesOn<T extends TopicName> = (typeof TOPICS)[T][number];

/** A message, or the word of a state topic that there is nothing under a key any more. */
export type News<W extends WireType> = {
  [Type in W]: { type: Type; key: string; message: Messages[Type] | undefined; causedBy: string | undefined };
}[W];

export class Channel {
  readonly name: string;
  readonly #where: { clientId: string; bootstrapBrokers: string[] };
  #producer: Producer<string, string, string, string> | undefined;

  /** `name` is the source of its messages, the `channel` of its commands, and what its groups begin with. */
  constructor(name: string, brokers: string[]) {
    this.name = name;
    this.#where = { clientId: name, bootstrapBrokers: brokers };
  }

  /** Send a message; returns when all replicas have it. The same `id` again is the same message for its readers. */
  async publish<T extends TopicName, W extends TypesOn<T>>(
    topic: T,
    type: W,
    key: string,
    message: Messages[W],
    id: string,
  ): Promise<void> {
    this.#producer ??= new Producer({ ...this.#where, serializers: stringSerializers, idempotent: true, acks: -1 });
    const headers = {
      ce_specversion: "1.0",
      ce_id: id,
      ce_type: type,
      ce_source: this.name,
      ce_time: new Date().toISOString(),
      "content-type": "application/json",
    };
    await this.#producer.send({ messages: [{ topic, key, value: JSON.stringify(message), headers }] });
  }

  /** All that topics keep, and what comes then, for ever. Types that nobody knew when this was written are passed over. */
  async *read<T extends TopicName>(topics: T[]): AsyncGenerator<News<TypesOn<T>>> {
    const known = new Set<string>(topics.flatMap((topic) => TOPICS[topic]));
    // What is read is kept in memory, so that each start reads all of it: a group of its own, whose offsets nobody needs.
    const consumer = new Consumer({
      ...this.#where,
      groupId: `${this.name}.${randomUUID()}`,
      deserializers: stringDeserializers,
    });
    const records = await consumer.consume({ topics, mode: "earliest", autocommit: false });
    try {
      for await (const record of records) {
        const type = record.headers.get("ce_type");
        if (type === undefined || !known.has(type)) continue;
        yield {
          type,
          key: record.key,
          message: record.value ? JSON.parse(record.value) : undefined,
          causedBy: record.headers.get("ce_causationid"),
        } as News<TypesOn<T>>;
      }
    } finally {
      await records.close();
      await consumer.close();
    }
  }

  async close(): Promise<void> {
    await this.#producer?.close();
  }
}
