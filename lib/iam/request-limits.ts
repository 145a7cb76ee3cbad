/**
 * What every AWS client of a function is made with: a connection is there within two seconds, an answer within ten, and
 * no silence in its middle is longer, or the SDK asks again. So a call that hangs holds nothing for long.
 * `new SQSClient(REQUEST_LIMITS)`
 */
export const REQUEST_LIMITS = {
  requestHandler: {
    connectionTimeout: 2_000,
    requestTimeout: 10_000,
    throwOnRequestTimeout: true,
    socketTimeout: 10_000,
  },
} as const;
