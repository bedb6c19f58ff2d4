// A request to the service: the API key where there is one, nothing kept in the browser, refusals as errors that can be shown.

/** A refusal of the service: its title and its detail are for people, its code is for the page. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly title: string,
    readonly detail: string,
  ) {
    super(`${title}. ${detail}`);
  }
}

type AskForKey = (wrong: boolean) => Promise<string>;

/** Lives as long as the page; it is written nowhere. */
let key: string | undefined;
let asking: Promise<string> | undefined;
let askForKey: AskForKey = () => Promise.reject(new Refusal("unauthorized", "An API key is needed", ""));

/** Who asks the person for a key when the service wants one. */
export function onKeyNeeded(ask: AskForKey): void {
  askForKey = ask;
}

export function signedIn(): boolean {
  return key !== undefined;
}

/** The answer, if it is a good one. Asks for a key when the service does, and tries again. Throws `Refusal`. */
export async function request(path: string, options: RequestInit = {}): Promise<Response> {
  const sent = key;
  const headers = new Headers(options.headers);
  if (sent !== undefined) headers.set("X-API-Key", sent);
  const answer = await reached(path, { ...options, headers, cache: "no-store", credentials: "omit" });
  if (answer.status !== 401) return accepted(answer);
  if (sent === key) await newKey(sent !== undefined);
  return request(path, options);
}

export async function json<T>(path: string, options: RequestInit = {}): Promise<T> {
  return (await request(path, options)).json() as Promise<T>;
}

/** The options of a request with a JSON body. */
export function body(method: string, value: unknown, headers: Record<string, string> = {}): RequestInit {
  return { method, body: JSON.stringify(value), headers: { "Content-Type": "application/json", ...headers } };
}

async function reached(path: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refusal("unreachable", "The service does not answer", "Is it running, and is the network up?");
  }
}

async function accepted(answer: Response): Promise<Response> {
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  throw new Refusal(said.code ?? "unknown", said.title ?? `Error ${answer.status}`, said.detail ?? "");
}

/** Several requests may be refused at once; the person is asked once. */
async function newKey(wrong: boolean): Promise<void> {
  asking ??= askForKey(wrong);
  try {
    key = await asking;
  } finally {
    asking = undefined;
  }
}
