import { RekognitionClient } from '@aws-sdk/client-rekognition';
import { RekognitionStreamingClient } from '@aws-sdk/client-rekognitionstreaming';
import { NodeHttp2Handler } from '@smithy/node-http-handler';
import { PROBE_USER_AGENT, type ProbeClientFactory } from '#lib/observe/probe-session.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * The clients with which a session probes. A probe makes its own second attempt. The streaming endpoint speaks HTTP/2;
 * an endpoint of one's own that has no TLS cannot.
 */
export const probeClients: ProbeClientFactory = (credentials, region) => {
  const common = { region, credentials, maxAttempts: 1, customUserAgent: PROBE_USER_AGENT };
  const plain = process.env.AWS_ENDPOINT_URL?.startsWith('http:') ?? false;
  return {
    rekognition: new RekognitionClient(common),
    streaming: new RekognitionStreamingClient({
      ...common,
      logger: silent,
      ...(plain ? {} : { requestHandler: new NodeHttp2Handler() }),
    }),
  };
};
