import { random, tf } from '@quire/runtime';
import { expect, it } from 'vitest';
import * as gpt2 from './gpt2.ts';

it('a prefix of the embeddings of tokens gives what these tokens give', async () => {
  const config = gpt2.config({ vocabularySize: 9, contextLength: 6, width: 8, layers: 2, heads: 2 });
  const key = random.key(1);
  const params = await gpt2.init(config, key);
  tf.tidy(() => {
    const inputIds = tf.tensor2d([[3, 1, 4, 1, 5]], undefined, 'int32');
    const whole = gpt2.forward(params, { inputIds }, config).logits as tf.Tensor;
    const prefix = tf.gather(
      params.transformer.wte.weight,
      inputIds.slice([0, 0], [1, 2]),
    ) as unknown as tf.Tensor3D;
    const rest = gpt2.forward(params, { inputIds: inputIds.slice([0, 2], [1, 3]), prefix }, config);
    expect(rest.logits?.shape).toEqual([1, 5, 9]);
    expect(rest.logits!.sub(whole).abs().max().dataSync()[0]).toBeLessThan(1e-6);
  });
  tf.dispose([params as never, key]);
});
