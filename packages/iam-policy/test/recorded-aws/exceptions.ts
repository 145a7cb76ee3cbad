/** Every recorded row on which this package does not say what the recording says, and why. */

/**
 * Answers of the simulator that the services contradict live, as condition → reason: what is live decides, and the
 * simulator's answer is only given when it is asked for.
 */
export const contradictedLive: Readonly<Record<string, string>> = {
  '"NumericNotEquals":{"aws:RequestTag/value":"1"}':
    'live, the negation of a number holds for text that is no number; the simulator lets it fail',
};

/** Documents that IAM takes and this package flags, as condition → reason. */
export const flaggedThoughStored: Readonly<Record<string, string>> = {
  '"Bool":{"aws:RequestTag/value":"yes"}': 'stored, and compared as false: hardly what its author means',
  '"Null":{"aws:RequestTag/value":"yes"}': 'stored, and compared as false: hardly what its author means',
};
