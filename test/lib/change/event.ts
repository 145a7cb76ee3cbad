import { readChange as readChangeIn } from '#lib/change/read.ts';

/** What an event says of changes, for the account that it is of. */
export const readChange = (input: unknown) => readChangeIn(input, '123456789012');

/** An event as EventBridge hands it over. */
export const event = (
  eventName: string,
  requestParameters: object | null,
  detail: object = {},
  source = 'aws.iam',
) => ({
  source,
  'detail-type': 'AWS API Call via CloudTrail',
  account: '123456789012',
  detail: {
    eventID: 'e-1',
    eventName,
    eventTime: '2026-11-20T10:15:29Z',
    awsRegion: 'us-east-1',
    sourceIPAddress: '192.0.2.10',
    userIdentity: { type: 'IAMUser', userName: 'admin', arn: 'arn:aws:iam::123456789012:user/admin' },
    requestParameters,
    responseElements: null,
    ...detail,
  },
});
