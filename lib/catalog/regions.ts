import { nearest } from './did-you-mean.ts';

/** Regions with a Rekognition endpoint, by partition. Source: AWS General Reference, Rekognition endpoints. */
export const rekognitionRegions: Readonly<Record<string, readonly string[]>> = {
  aws: [
    'us-east-1',
    'us-east-2',
    'us-west-1',
    'us-west-2',
    'ca-central-1',
    'sa-east-1',
    'eu-central-1',
    'eu-west-1',
    'eu-west-2',
    'eu-south-2',
    'il-central-1',
    'ap-northeast-1',
    'ap-northeast-2',
    'ap-south-1',
    'ap-southeast-1',
    'ap-southeast-2',
  ],
  'aws-us-gov': ['us-gov-west-1', 'us-gov-east-1'],
};

/** Source: partitions.json of AWS's endpoint rules, as the AWS SDK ships it. */
export const partitions: readonly string[] = [
  'aws',
  'aws-cn',
  'aws-us-gov',
  'aws-eusc',
  'aws-iso',
  'aws-iso-b',
  'aws-iso-e',
  'aws-iso-f',
];

/** Every Region of every partition, with Rekognition or without. Source: the same file. */
export const awsRegions: readonly string[] = (
  'af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ' +
  'ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 ' +
  'eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 ' +
  'me-south-1 me-west-1 mx-central-1 sa-east-1 sa-west-1 us-east-1 us-east-2 us-west-1 us-west-2 cn-north-1 ' +
  'cn-northwest-1 eusc-de-east-1 us-iso-east-1 us-iso-west-1 us-isob-east-1 us-isob-west-1 eu-isoe-west-1 ' +
  'us-isof-east-1 us-isof-south-1 us-gov-east-1 us-gov-west-1'
).split(' ');

/**
 * What is wrong with a Region. What does not look like one is an error; one that no partition has may be newer than
 * this list, and is a warning. A Region of AWS without Rekognition is none of it.
 */
export function regionProblem(
  text: string,
): { readonly severity: 'error' | 'warning'; readonly message: string } | undefined {
  if (awsRegions.includes(text)) return undefined;
  const best = nearest(text, awsRegions);
  const hint = best === undefined ? '' : ` (did you mean "${best}"?)`;
  return /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(text)
    ? { severity: 'warning', message: `no partition of AWS has a Region "${text}"${hint}` }
    : { severity: 'error', message: `"${text}" is not a Region such as us-east-1${hint}` };
}
