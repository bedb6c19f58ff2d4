// A registration's server-sent events become its states, one after the other. (EventSource cannot send an API key.)
import { request } from "./http";
import type { Registration } from "./model";

/** Every state from now on, until the job has ended or `signal` ends it. */
export async function* states(id: string, signal: AbortSignal): AsyncGenerator<Registration> {
  const answer = await request(`/v1/registrations/${id}/events`, { signal });
  for await (const event of eventsOf(answer.body!)) {
    if (event.name === "state") yield JSON.parse(event.data) as Registration;
    if (event.name !== "state") return;
  }
}

async function* eventsOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<{ name: string; data: string }> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (text + value).split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      const lines = new Map(block.split("\n").map((line) => line.split(/: (.*)/s) as [string, string]));
      if (lines.has("event")) yield { name: lines.get("event")!, data: lines.get("data") ?? "" };
    }
  }
}
