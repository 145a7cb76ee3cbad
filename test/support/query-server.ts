import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IAMClient, type IAMClientConfig } from '@aws-sdk/client-iam';
import { XMLBuilder } from 'fast-xml-parser';

/** An answer of IAM: what goes into `<…Result>`, or an error. Lists are written as `{ member: [...] }`. */
export type QueryAnswer =
  | { readonly result: object }
  | { readonly error: { readonly code: string; readonly message: string; readonly status?: number } };

export interface QueryServer {
  /** Parameters of each call, in the order they came. */
  readonly calls: URLSearchParams[];
  client(config?: IAMClientConfig): IAMClient;
  stop(): Promise<void>;
}

/** A loopback server that speaks IAM's Query protocol, for tests that dictate the answers. */
export async function startQueryServer(
  answer: (parameters: URLSearchParams) => QueryAnswer | Promise<QueryAnswer>,
): Promise<QueryServer> {
  const calls: URLSearchParams[] = [];
  const clients: IAMClient[] = [];
  const xml = new XMLBuilder();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const parameters = new URLSearchParams(body);
    calls.push(parameters);
    const action = parameters.get('Action');
    const answered = await answer(parameters);
    if ('error' in answered) {
      const { code, message, status = 400 } = answered.error;
      response.writeHead(status, { 'content-type': 'text/xml' });
      response.end(xml.build({ ErrorResponse: { Error: { Type: 'Sender', Code: code, Message: message } } }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/xml' });
    response.end(xml.build({ [`${action}Response`]: { [`${action}Result`]: answered.result } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    calls,
    client(config = {}) {
      const client = new IAMClient({
        endpoint: `http://127.0.0.1:${port}`,
        region: 'us-east-1',
        credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
        maxAttempts: 1,
        ...config,
      });
      clients.push(client);
      return client;
    },
    async stop() {
      for (const client of clients) client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The values of a list parameter: `ActionNames.member.1`, `ActionNames.member.2` … */
export function members(parameters: URLSearchParams, name: string): string[] {
  const values: string[] = [];
  for (let index = 1; ; index++) {
    const value = parameters.get(`${name}.member.${index}`);
    if (value === null) return values;
    values.push(value);
  }
}
