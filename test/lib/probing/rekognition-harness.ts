import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RekognitionClient } from '@aws-sdk/client-rekognition';
import type { ProbeClients } from '#lib/probing/calls.ts';
import { PROBE_USER_AGENT } from '#lib/probing/session.ts';

/** One call as it came over the wire. */
export interface SeenCall {
  /** `DeleteCollection` */
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly userAgent: string;
}

/** What the endpoint says to a call: success, an error by code, or nothing at all. */
export type Answer =
  | { readonly status: number; readonly code?: string; readonly message?: string; readonly body?: string }
  | 'disconnect';

export const denied = (
  operation: string,
  rest = `because no identity-based policy allows the rekognition:${operation} action`,
): Answer => ({
  status: 400,
  code: 'AccessDeniedException',
  message: `User: arn:aws:sts::123456789012:assumed-role/r/s is not authorized to perform: rekognition:${operation} ${rest}`,
});

export interface Harness extends AsyncDisposable {
  readonly clients: ProbeClients;
  readonly calls: SeenCall[];
  readonly port: number;
}

/** An endpoint that speaks JSON 1.1 and says what the test wants it to. */
export async function serve(answer: (call: SeenCall) => Answer | Promise<Answer>): Promise<Harness> {
  const calls: SeenCall[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const call: SeenCall = {
      operation: String(request.headers['x-amz-target']).replace('RekognitionService.', ''),
      input: JSON.parse(Buffer.concat(chunks).toString() || '{}'),
      userAgent: String(request.headers['user-agent']),
    };
    calls.push(call);
    const said = await answer(call);
    if (said === 'disconnect') {
      request.socket.destroy();
      return;
    }
    response.writeHead(said.status, {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': `request-${calls.length}`,
    });
    response.end(
      said.body ?? JSON.stringify(said.code ? { __type: said.code, message: said.message ?? '' } : {}),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const rekognition = new RekognitionClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
    maxAttempts: 1,
    customUserAgent: PROBE_USER_AGENT,
  });
  return {
    clients: { rekognition },
    calls,
    port,
    async [Symbol.asyncDispose]() {
      rekognition.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
