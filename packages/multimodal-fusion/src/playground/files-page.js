// @ts-nocheck
// Runs in the page that shows a playground, as the body of a function of `host` and `kinds`. The stock upload buttons
// neither take what is dropped nor record: this does both for them, in the order of `kinds`, and hands them the files.
// Stock sliders have no names that a screen reader could say: they get those of their labels.
// Without them, as in a notebook that is opened without its kernel, nothing is seen of it.
const area = host.closest('.jp-OutputArea') ?? document.body;
const [record, state] = [host.querySelector('button'), host.querySelector('[role=status]')];
const find = (kind) => area.querySelectorAll('button.widget-upload')[kinds.indexOf(kind)];
const say = (text) => {
  state.textContent = text;
};
const give = (kind, file) => {
  // A button's file input is in no document: it is told by the click that the button passes on to it.
  let input;
  const click = HTMLInputElement.prototype.click;
  HTMLInputElement.prototype.click = function () {
    input = this;
  };
  try {
    find(kind)?.click();
  } finally {
    HTMLInputElement.prototype.click = click;
  }
  if (!input) return say('The controls are gone: run the cell again.');
  const list = new DataTransfer();
  list.items.add(file);
  input.files = list.files;
  input.dispatchEvent(new Event('change'));
  say(`${file.name} is given to the model.`);
};
// Whatever the browser plays, as mono WAV of 16 bits.
const toWav = async (blob, name) => {
  const audio = await new OfflineAudioContext(1, 1, 48000).decodeAudioData(await blob.arrayBuffer());
  const { length, sampleRate, numberOfChannels } = audio;
  const channels = Array.from({ length: numberOfChannels }, (_, c) => audio.getChannelData(c));
  const head = Uint8Array.from('RIFF....WAVEfmt ....................data....', (letter) =>
    letter.charCodeAt(0),
  );
  const view = new DataView(new ArrayBuffer(44 + 2 * length));
  new Uint8Array(view.buffer).set(head);
  for (const [at, value] of [
    [4, 36 + 2 * length],
    [16, 16],
    [24, sampleRate],
    [28, 2 * sampleRate],
    [40, 2 * length],
  ])
    view.setUint32(at, value, true);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ])
    view.setUint16(at, value, true);
  for (let i = 0; i < length; i++) {
    const mean = channels.reduce((sum, channel) => sum + channel[i], 0) / numberOfChannels;
    view.setInt16(44 + 2 * i, 32767 * Math.max(-1, Math.min(1, mean)), true);
  }
  return new File([view], name, { type: 'audio/wav' });
};
const take = async (file) => {
  const isWav = /wav/.test(file.type) || /\.wav$/i.test(file.name);
  const kind = file.type.startsWith('image/')
    ? 'picture'
    : isWav || file.type.startsWith('audio/')
      ? 'sound'
      : '';
  if (!kinds.includes(kind)) return say(`${file.name} is not taken: drop a ${kinds.join(' or a ')}.`);
  try {
    give(kind, kind === 'sound' && !isWav ? await toWav(file, file.name) : file);
  } catch (error) {
    say(`${file.name} can't be read: ${error.message}`);
  }
};
area.addEventListener('dragover', (event) => {
  // A former run of the cell has left its listeners.
  if (!host.isConnected) return;
  if (!event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  event.stopPropagation();
  area.style.outline = '2px dashed';
});
area.addEventListener('dragleave', () => {
  area.style.outline = '';
});
area.addEventListener('drop', async (event) => {
  if (!host.isConnected) return;
  area.style.outline = '';
  const files = [...(event.dataTransfer?.files ?? [])];
  if (files.length === 0) return;
  event.preventDefault();
  event.stopPropagation();
  for (const file of files) await take(file);
});
let recorder;
const start = async () => {
  if (!navigator.mediaDevices)
    throw new Error('a browser lends its microphone to pages of https and localhost only');
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const pieces = [];
  recorder = new MediaRecorder(stream);
  const own = setTimeout(() => recorder?.stop(), 60_000);
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  recorder.onstop = async () => {
    clearTimeout(own);
    recorder = undefined;
    record.textContent = 'Record a sound';
    for (const track of stream.getTracks()) track.stop();
    try {
      give('sound', await toWav(new Blob(pieces), 'recording.wav'));
    } catch (error) {
      say(`The recording can't be read: ${error.message}`);
    }
  };
  recorder.start();
  record.textContent = 'Stop recording';
  say('Recording, for a minute at most.');
};
record?.addEventListener('click', () => {
  if (recorder) recorder.stop();
  else start().catch((error) => say(`Nothing is recorded: ${error.message}`));
});
const show = () => {
  if (!find(kinds.at(-1))) return false;
  host.hidden = false;
  return true;
};
if (!show()) {
  const observer = new MutationObserver(() => show() && observer.disconnect());
  observer.observe(area, { childList: true, subtree: true });
}
const setNames = () => {
  if (!host.isConnected) return;
  for (const slider of area.querySelectorAll('.widget-slider')) {
    const name = slider.querySelector('.widget-label')?.textContent;
    slider.querySelector('[role=slider]')?.setAttribute('aria-label', name);
    const number = slider.querySelector('.widget-readout');
    number?.setAttribute('role', 'textbox');
    number?.setAttribute('aria-label', `${name}, as a number`);
  }
  // An icon is a letter of a font of its own.
  for (const icon of area.querySelectorAll('.widget-upload i')) icon.setAttribute('aria-hidden', 'true');
};
setNames();
// Views are made anew as the notebook is scrolled, and buttons as files are chosen.
new MutationObserver(setNames).observe(area, { childList: true, subtree: true });
