import { AwsError } from '../types.ts';
import { type Input, memberOf, textOf } from './input.ts';
import type { Collection, RekognitionState } from './state.ts';

/** One authorized call with valid input. */
export interface Call {
  readonly input: Input;
  readonly state: RekognitionState;
  readonly now: Date;
  /** The ARN of a resource of this account and Region: `collection/faces`. */
  arn(resource: string): string;
}

export type Operation = (call: Call) => unknown;

export const FACE_MODEL = '7.0';

export const notFound = (message: string) => new AwsError('ResourceNotFoundException', message);
export const invalid = (message = 'Request has invalid parameters') =>
  new AwsError('InvalidParameterException', message);

export const required = ({ input }: Call, member: string): string => {
  const value = textOf(input, member);
  if (value === undefined) throw invalid();
  return value;
};

export function collectionOf(call: Call): Collection {
  const id = required(call, 'CollectionId');
  const found = call.state.collections.get(id);
  if (!found) throw notFound(`The collection id: ${id} does not exist`);
  return found;
}

/** Bytes must be a JPEG or PNG; there is no S3 here, so no object in it. */
export function readImage({ input }: Call, member = 'Image'): void {
  const bytes = textOf(input, `${member}.Bytes`);
  if (bytes !== undefined) {
    const head = Buffer.from(bytes, 'base64').subarray(0, 4).toString('hex');
    if (!head.startsWith('ffd8ff') && head !== '89504e47') {
      throw new AwsError('InvalidImageFormatException', 'Request has invalid image format');
    }
  } else if (memberOf(input, `${member}.S3Object`) !== undefined) {
    throw new AwsError(
      'InvalidS3ObjectException',
      'Unable to get object metadata from S3. Check object key, region and/or access permissions.',
    );
  } else throw invalid();
}

/** Rows from the token on, one page of MaxResults. A token is the number of rows passed. */
export function page<T>(call: Call, rows: readonly T[]): { rows: readonly T[]; NextToken?: string } {
  const token = textOf(call.input, 'NextToken');
  if (token !== undefined && !/^\d+$/.test(token)) {
    throw new AwsError('InvalidPaginationTokenException', 'Invalid pagination token');
  }
  const max = memberOf(call.input, 'MaxResults');
  const start = Number(token ?? 0);
  const end = start + (typeof max === 'number' ? max : 1000);
  return { rows: rows.slice(start, end), ...(end < rows.length && { NextToken: String(end) }) };
}

export const seconds = (date: Date): number => date.getTime() / 1000;
