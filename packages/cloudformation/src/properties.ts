import { z } from 'zod';
import { TemplateError, type TemplateObject, type TemplateValue } from './yaml.ts';

/** Text of a scalar: CloudFormation takes numbers and booleans for text and the other way round. */
export const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
export const number = z.union([z.number(), z.string().regex(/^-?\d+$/)]).transform(Number);
export const flag = z
  .union([z.boolean(), z.enum(['true', 'false'])])
  .transform((value) => String(value) === 'true');
/** A document: JSON, or its text. */
export const document = z.union([z.string(), z.record(z.string(), z.unknown())]).transform((value) => {
  return typeof value === 'string' ? value : JSON.stringify(value);
});
/** A property that has no effect here. */
export const ignored = z.unknown().optional();

/** Reads a resource's properties; throws TemplateError with every key that is wrong or not supported here. */
export function readProperties<T extends z.ZodType>(
  schema: T,
  resource: { readonly logicalId: string; readonly properties: TemplateObject },
): z.output<T> {
  const parsed = schema.safeParse(resource.properties);
  if (parsed.success) return parsed.data;
  throw new TemplateError(`Resources.${resource.logicalId}.Properties`, z.prettifyError(parsed.error));
}

/** Attributes of an API from properties: those that are set, as text. */
export function attributesOf(
  properties: Readonly<Record<string, TemplateValue | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, value]) => {
      if (value === undefined || value === null) return [];
      return [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)]];
    }),
  );
}
