import type { EventEntry } from '../events/bus.ts';
import type { ObjectEvent } from './call.ts';

/**
 * What EventBridge gets of a bucket that sends it its events; `undefined` of one that does not. Who did it is there as S3
 * says it: the account and the address, not the principal.
 * Source: Amazon S3 User Guide, "EventBridge event message structure".
 */
function objectEvent(event: ObjectEvent, sequence: number): EventEntry | undefined {
  const { bucket, key, request, version } = event;
  if (!bucket.settings.eventBridge) return undefined;
  const versionId = version === undefined ? event.versionId : version.versionId;
  const versioned = bucket.settings.versioning !== undefined && versionId !== undefined;
  const created = event.kind === 'created';
  return {
    source: 'aws.s3',
    detailType: created ? 'Object Created' : 'Object Deleted',
    resources: [bucket.arn],
    time: request.time,
    detail: {
      version: '0',
      bucket: { name: bucket.name },
      object: {
        key,
        ...(version?.content && {
          size: version.content.body.length,
          etag: version.content.etag.slice(1, -1),
        }),
        ...(versioned && { 'version-id': versionId }),
        sequencer: sequence.toString(16).toUpperCase().padStart(18, '0'),
      },
      'request-id': request.requestId,
      requester: request.caller.accountId,
      'source-ip-address': request.sourceIp,
      reason: created ? 'PutObject' : 'DeleteObject',
      ...(!created && {
        'deletion-type': event.deleteMarker ? 'Delete Marker Created' : 'Permanently Deleted',
      }),
    },
  };
}

/** Numbers the events of the buckets, and hands on those that go to EventBridge. */
export function bucketEvents(put: (entry: EventEntry) => void): (event: ObjectEvent) => void {
  let sequence = 0;
  return (event) => {
    sequence += 1;
    const entry = objectEvent(event, sequence);
    if (entry !== undefined) put(entry);
  };
}
