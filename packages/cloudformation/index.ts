export type { Unknowns } from './src/intrinsics.ts';
export { openTemplate } from './src/open-template.ts';
export type { OpenResource, OpenTemplate, OpenTemplateOptions } from './src/open-types.ts';
export { resolveTemplate, TemplateError, type TemplateOptions } from './src/read-template.ts';
export type * from './src/types.ts';
export { parseTemplate, type TemplateObject, type TemplateValue } from './src/yaml.ts';
