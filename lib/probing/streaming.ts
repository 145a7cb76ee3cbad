import {
  type RekognitionStreamingClient,
  StartFaceLivenessSessionCommand,
} from '@aws-sdk/client-rekognitionstreaming';
import { PROBE_INPUTS } from '#lib/catalog/probe-inputs.ts';
import type { ProbeValues } from '#lib/catalog/probe-names.ts';
import type { ProbeReply } from './calls.ts';

/**
 * Starts a liveness session that does not exist, and reads the stream up to its first event: the answer may be an HTTP
 * error or an exception on the stream, which the SDK throws when it is reached. Throws either, and an Error where the stream ends without a word.
 */
export async function startFaceLivenessSession(
  client: Pick<RekognitionStreamingClient, 'send'>,
  values: ProbeValues,
  options: { abortSignal: AbortSignal },
): Promise<ProbeReply> {
  const input = PROBE_INPUTS.StartFaceLivenessSession(values);
  const reply = await client.send(new StartFaceLivenessSessionCommand(input), options);
  for await (const _ of reply.LivenessResponseStream ?? []) return reply;
  throw Object.assign(new Error('the stream ended without an event'), { $metadata: reply.$metadata });
}
