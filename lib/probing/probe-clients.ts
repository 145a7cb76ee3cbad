import { RekognitionClient } from '@aws-sdk/client-rekognition';
import { RekognitionStreamingClient } from '@aws-sdk/client-rekognitionstreaming';
import { NodeHttp2Handler } from '@smithy/node-http-handler';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import type { ProbeClients } from './calls.ts';
import { PROBE_USER_AGENT, type ProbeClientFactory, type SessionCredentials } from './session.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Who signs: a session, or the caller itself under a profile or the usual credential chain. */
interface Signer {
  readonly credentials?: SessionCredentials;
  readonly profile?: string;
}

/** The clients with which a session probes. */
export const probeClients: ProbeClientFactory = (credentials, region) =>
  probeClientsOf({ credentials }, region);

/**
 * The clients with which somebody probes. A probe makes its own second attempt. The streaming endpoint speaks HTTP/2;
 * an endpoint of one's own that has no TLS cannot.
 */
export function probeClientsOf(signer: Signer, region: string): ProbeClients {
  const common = {
    ...REQUEST_LIMITS,
    region,
    ...signer,
    maxAttempts: 1,
    customUserAgent: PROBE_USER_AGENT,
  };
  const { requestTimeout } = REQUEST_LIMITS.requestHandler;
  const plain = process.env.AWS_ENDPOINT_URL?.startsWith('http:') ?? false;
  return {
    rekognition: new RekognitionClient(common),
    streaming: new RekognitionStreamingClient({
      ...common,
      logger: silent,
      ...(plain ? {} : { requestHandler: new NodeHttp2Handler({ requestTimeout }) }),
    }),
  };
}
