/** Which graphics adapters this machine has, as the operating system says. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Adapter {
  /** As its maker names it: `NVIDIA H100 80GB HBM3`. */
  name: string;
  vendor: 'nvidia' | 'amd' | 'intel' | 'apple' | 'other';
  /** Of its own; undefined where it shares the machine's, or where the system doesn't say. */
  memoryBytes?: number;
}

const PCI_VENDORS: Record<string, Adapter['vendor']> = {
  '0x10de': 'nvidia',
  '0x1002': 'amd',
  '0x8086': 'intel',
};

/** Names of what makers of virtual machines and of software renderers put in a graphics card's place. */
const NOT_HARDWARE =
  /swiftshader|llvmpipe|lavapipe|softpipe|basic (render|display)|virtual|vmware|qxl|hyper-v|remote/i;

/** Software renderers among the manifests of Vulkan drivers: SwiftShader, and Mesa's lavapipe. */
const SOFTWARE_DRIVER = /swiftshader|lvp_icd|lavapipe/i;

async function output(command: string, args: string[]): Promise<string> {
  try {
    return (await run(command, args, { timeout: 10_000, windowsHide: true })).stdout;
  } catch {
    return '';
  }
}

async function nvidiaAdapters(): Promise<Adapter[]> {
  const query = ['--query-gpu=name,memory.total', '--format=csv,noheader,nounits'];
  const lines = (await output('nvidia-smi', query)).split('\n').filter((line) => line.includes(','));
  return lines.map((line) => {
    const [name = '', mebibytes] = line.split(',').map((part) => part.trim());
    return { name, vendor: 'nvidia', memoryBytes: Number(mebibytes) * 2 ** 20 };
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

/** Display controllers on the PCI bus whose maker is known; NVIDIA's own tool knows more of its cards. */
function pciAdapters(): Adapter[] {
  const root = '/sys/bus/pci/devices';
  if (!existsSync(root)) return [];
  return readdirSync(root).flatMap((slot) => {
    const folder = join(root, slot);
    const vendor = PCI_VENDORS[readText(join(folder, 'vendor'))];
    if (!vendor || vendor === 'nvidia' || !readText(join(folder, 'class')).startsWith('0x03')) return [];
    const bytes = Number(readText(join(folder, 'mem_info_vram_total')));
    const model = readText(join(folder, 'product_name')) || `device ${readText(join(folder, 'device'))}`;
    const maker = vendor === 'amd' ? 'AMD' : 'Intel';
    return [{ name: `${maker} ${model}`, vendor, ...(bytes > 0 ? { memoryBytes: bytes } : {}) }];
  });
}

async function appleAdapters(): Promise<Adapter[]> {
  const text = await output('system_profiler', ['SPDisplaysDataType', '-json']);
  if (text === '') return [];
  const { SPDisplaysDataType = [] } = JSON.parse(text) as { SPDisplaysDataType?: { sppci_model?: string }[] };
  return SPDisplaysDataType.map(({ sppci_model = 'graphics adapter' }) => ({
    name: sppci_model,
    vendor: /apple/i.test(sppci_model) ? 'apple' : 'other',
  }));
}

async function windowsAdapters(): Promise<Adapter[]> {
  const script = 'Get-CimInstance Win32_VideoController | ForEach-Object { $_.Name }';
  const text = await output('powershell', ['-NoProfile', '-Command', script]);
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((name) => name !== '' && !NOT_HARDWARE.test(name))
    .map((name) => ({
      name,
      vendor: /nvidia/i.test(name)
        ? 'nvidia'
        : /amd|radeon/i.test(name)
          ? 'amd'
          : /intel/i.test(name)
            ? 'intel'
            : 'other',
    }));
}

/** The machine's graphics adapters, software renderers left out. */
export async function graphicsAdapters(): Promise<Adapter[]> {
  if (process.platform === 'darwin') return appleAdapters();
  if (process.platform === 'win32') return windowsAdapters();
  return [...(await nvidiaAdapters()), ...pciAdapters()];
}

/**
 * What Vulkan, which WebGPU needs on Linux, would run on: `'software'` where all drivers that are installed, or that
 * `VK_ICD_FILENAMES` or `VK_DRIVER_FILES` name, are software renderers.
 */
export function vulkanDriver(): 'none' | 'software' | 'hardware' {
  const named = process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES;
  const manifests = named
    ? named.split(delimiter).filter((path) => existsSync(path))
    : ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d']
        .filter((folder) => existsSync(folder))
        .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
        .filter((path) => path.endsWith('.json'));
  if (manifests.length === 0) return 'none';
  return manifests.every((path) => SOFTWARE_DRIVER.test(path)) ? 'software' : 'hardware';
}
