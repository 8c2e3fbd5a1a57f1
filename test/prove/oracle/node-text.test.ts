import { describe, expect, it } from 'vitest';
import { isNode, membersIn, nodesIn, numberIn, parseNodeText, textIn } from './node-text.ts';

const parsed = (text: string): ReturnType<typeof nodesIn>[number] => {
  const node = parseNodeText(text);
  if (!isNode(node)) throw new Error('not a node');
  return node;
};

describe('the text of a query tree', () => {
  it('reads fields, bitmaps and lists of nodes', () => {
    const node = parsed('{QUERY :commandType 1 :cols (b 8 11) :list ({VAR :varno 2} {VAR :varno 3}) :none <>}');
    expect(numberIn(node, 'commandType')).toBe(1);
    expect(membersIn(node, 'cols')).toEqual([8, 11]);
    expect(nodesIn(node.fields.get('list')).map((one) => numberIn(one, 'varno'))).toEqual([2, 3]);
    expect(node.fields.get('none')).toBeUndefined();
  });

  it('reads escaped names, also where the server broke the line inside of one', () => {
    expect(textIn(parsed('{ALIAS :aliasname Order\\\nLines :colnames ("a\\"b")}'), 'aliasname')).toBe('Order Lines');
    expect(parsed('{ALIAS :aliasname \\<>}').fields.get('aliasname')).toBe('<>');
  });

  it('passes over the bytes of a constant', () => {
    expect(numberIn(parsed('{CONST :constvalue 5 [ 20 0 0 0 120 ] :location 7}'), 'location')).toBe(7);
  });

  it('refuses a text that ends too early', () => {
    expect(() => parseNodeText('{QUERY :a (b 8')).toThrow('ends too early');
  });
});
