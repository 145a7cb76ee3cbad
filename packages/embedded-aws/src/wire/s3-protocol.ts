import type { AwsError, LocalResponse } from '../types.ts';
import { escapeXml } from './xml.ts';

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
const header = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** What an answer can hold. A list is the element repeated; `undefined` is left out. */
export type RestXml =
  | string
  | number
  | boolean
  | Date
  | undefined
  | readonly RestXml[]
  | { readonly [name: string]: RestXml };

/** An answer of S3 with an XML body. */
export function s3Response(root: string, content: RestXml): LocalResponse {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `${header}${element(root, content).replace('>', ` xmlns="${namespace}">`)}`,
  };
}

/** A failure of S3; what was asked for is in it. */
export function s3Error(error: AwsError, url: string, requestId: string): LocalResponse {
  const content = {
    Code: error.code,
    Message: error.message,
    Resource: url.split('?')[0],
    RequestId: requestId,
  };
  return {
    status: error.status,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId },
    body: error.status === 304 ? '' : `${header}${element('Error', content)}`,
  };
}

function element(name: string, value: RestXml): string {
  if (value === undefined) return '';
  if (isList(value)) return value.map((item) => element(name, item)).join('');
  return `<${name}>${contentOf(value)}</${name}>`;
}

function contentOf(value: Exclude<RestXml, undefined | readonly RestXml[]>): string {
  if (typeof value === 'string') return escapeXml(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return value.toISOString();
  return Object.entries(value)
    .map(([name, item]) => element(name, item))
    .join('');
}

const isList = (value: RestXml): value is readonly RestXml[] => Array.isArray(value);
