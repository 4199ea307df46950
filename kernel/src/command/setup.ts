/** `quire setup`: engines that can't be had from a package registry alone. */
import { removeTensorflow, setupTensorflow, tensorflowFolder } from '@quire/runtime/setup';
import { type Command, parse, UsageError, UserError } from './arguments.ts';

export const setup: Command = {
  help: `Usage: quire setup tensorflow [options]

Builds TensorFlow's own engine for Node.js, for eager ops of TensorFlow.js on the CPU or on
CUDA. It takes TensorFlow's library from QUIRE_LIBTENSORFLOW (a folder with include and the
libraries), else from the Python package tensorflow, else downloads that with pip (0.3 GB;
with CUDA 4 GB); builds the binding of @tensorflow/tfjs-node against it; mends what newer
versions of Node.js removed; and checks a matrix product and a gradient. It needs Linux, npm,
a C++ compiler and, for the download, pip.

  --cpu       the library for the CPU, also where there is an NVIDIA GPU
  --gpu       the library for CUDA
  --remove    takes it back`,

  async run(args) {
    const { values, positionals } = parse(
      args,
      { cpu: { type: 'boolean' }, gpu: { type: 'boolean' }, remove: { type: 'boolean' } },
      true,
    );
    if (positionals.length !== 1 || positionals[0] !== 'tensorflow') {
      throw new UsageError('quire setup takes the engine to set up: tensorflow.');
    }
    if ([values.cpu, values.gpu, values.remove].filter(Boolean).length > 1) {
      throw new UsageError('--cpu, --gpu and --remove exclude each other.');
    }
    if (values.remove) {
      const removed = removeTensorflow();
      console.log(removed ? `Removed ${tensorflowFolder()}` : 'There was nothing to remove.');
      return 0;
    }
    try {
      const { folder, version, tensorflow, device, from } = await setupTensorflow({
        ...(values.cpu ? { variant: 'cpu' } : values.gpu ? { variant: 'gpu' } : {}),
        log: (line) => console.log(line),
      });
      console.log(
        `TensorFlow ${tensorflow} works on the ${device}, through @tensorflow/tfjs-node ${version}.\n  library: ${from}\n  in: ${folder}`,
      );
    } catch (error) {
      throw new UserError((error as Error).message);
    }
    return 0;
  },
};
