/** How a YAML text is laid out, for what is written into it. */
export const layoutOf = (text: string) => ({
  lineWidth: 0,
  indentSeq: !/^\w[\w-]*:\n+- /m.test(text),
  flowCollectionPadding: /\[ /.test(text),
});
