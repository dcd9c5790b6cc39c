// @ts-check
/** The sound of the browser phone: microphone, loudspeaker, the connection to the server, and how it fares. */

/** @typedef {{ loss: number, jitterMs: number, rttMs: number | null }} Quality */
/** @typedef {{ offer: (sdp: string) => void, lost: () => void, blocked: () => void, unplugged: () => void, quality: (found: Quality) => void }} Ears */

const STATS_MS = 2_000;
const PATIENCE_MS = 4_000;
const CODECS = new Set(["audio/pcmu", "audio/telephone-event"]);

/** What kept us from the microphone, as the end of a key of the catalogue. */
export class NoMicrophone extends Error {
  /** @param {"denied" | "none" | "busy" | "insecure"} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** @param {string | null} device @returns {Promise<MediaStream>} Raises NoMicrophone. */
export async function openMicrophone(device) {
  if (!navigator.mediaDevices) throw new NoMicrophone("insecure");
  const wanted = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: device ? { ...wanted, deviceId: { exact: device } } : wanted });
  } catch (error) {
    const name = /** @type {DOMException} */ (error).name;
    if (device && (name === "OverconstrainedError" || name === "NotFoundError")) return openMicrophone(null);
    if (name === "NotAllowedError" || name === "SecurityError") throw new NoMicrophone("denied");
    throw new NoMicrophone(name === "NotFoundError" ? "none" : "busy");
  }
}

/** @type {{ context: AudioContext, stream: MediaStream } | null} */
let quiet = null;

/**
 * What a page sends that only listens, without asking for a microphone. Silence has a source: without one Chromium sends no
 * packets at all, and the server takes the page for gone.
 * @returns {MediaStream}
 */
export function silence() {
  quiet ??= beQuiet();
  void quiet.context.resume();
  return new MediaStream(quiet.stream.getAudioTracks().map((track) => track.clone()));
}

function beQuiet() {
  const sent = new AudioContext().createMediaStreamDestination();
  const nothing = new ConstantSourceNode(sent.context, { offset: 0 });
  nothing.connect(sent);
  nothing.start();
  return { context: /** @type {AudioContext} */ (sent.context), stream: sent.stream };
}

/** @param {HTMLAudioElement} audio @param {string | null} device where it is heard, if the browser lets us choose */
export async function sendTo(audio, device) {
  if ("setSinkId" in audio) await audio.setSinkId(device ?? "").catch(() => {});
}

/** One connection; another one is made after a loss. */
export class Connection {
  /** @param {MediaStream} microphone or silence @param {RTCIceServer[]} servers @param {string | null} speaker @param {Ears} ears */
  constructor(microphone, servers, speaker, ears) {
    this.microphone = microphone;
    this.ears = ears;
    this.peer = new RTCPeerConnection({ iceServers: servers, bundlePolicy: "max-bundle" });
    this.audio = new Audio();
    this.audio.autoplay = true;
    void sendTo(this.audio, speaker);
    this.before = { received: 0, lost: 0 };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.patience = undefined;
    /** @type {RTCRtpTransceiver | undefined} */
    this.way = undefined;
    this.timer = setInterval(() => void this.measure(), STATS_MS);
    this.isMuted = false;
    this.listen();
    this.peer.ontrack = (event) => {
      this.audio.srcObject = event.streams[0] ?? new MediaStream([event.track]);
      void this.play();
    };
    this.peer.onconnectionstatechange = () => this.changed();
  }

  async begin() {
    const [track] = this.microphone.getAudioTracks();
    this.way = this.peer.addTransceiver(track, { direction: "sendrecv", streams: [this.microphone] });
    const known = RTCRtpReceiver.getCapabilities("audio")?.codecs ?? [];
    this.way.setCodecPreferences(known.filter((codec) => CODECS.has(codec.mimeType.toLowerCase()) && codec.clockRate === 8000));
    await this.peer.setLocalDescription();
    this.say();
  }

  /** A page that was loaded anew and not touched since may have to wait for a click. */
  async play() {
    void quiet?.context.resume();
    await this.audio.play().catch((error) => error.name === "NotAllowedError" && this.ears.blocked());
  }

  /** Sends the offer, again where the first one may have been lost. */
  say() {
    const offer = this.peer.localDescription;
    if (offer && !this.peer.remoteDescription) this.ears.offer(offer.sdp);
  }

  /** @param {string} sdp */
  async answered(sdp) {
    if (this.peer.signalingState === "have-local-offer") await this.peer.setRemoteDescription({ type: "answer", sdp });
  }

  /** Another source from now on, the connection stays. @param {MediaStream} microphone */
  async speak(microphone) {
    await this.way?.sender.replaceTrack(microphone.getAudioTracks()[0]);
    for (const track of this.microphone.getTracks()) track.stop();
    this.microphone = microphone;
    this.listen();
    this.mute(this.isMuted);
  }

  /** Told when the microphone is pulled out, or the system takes it away; not when we stop it ourselves. */
  listen() {
    for (const track of this.microphone.getAudioTracks()) track.onended = () => this.ears.unplugged();
  }

  changed() {
    clearTimeout(this.patience);
    const state = this.peer.connectionState;
    if (state === "failed") this.ears.lost();
    if (state === "disconnected") this.patience = setTimeout(() => this.ears.lost(), PATIENCE_MS);
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.isMuted = muted;
    for (const track of this.microphone.getAudioTracks()) track.enabled = !muted;
  }

  async measure() {
    const found = { received: 0, lost: 0, jitterMs: 0, rttMs: /** @type {number | null} */ (null) };
    for (const one of (await this.peer.getStats()).values()) {
      if (one.type === "inbound-rtp") {
        found.received = one.packetsReceived ?? 0;
        found.lost = one.packetsLost ?? 0;
        found.jitterMs = Math.round((one.jitter ?? 0) * 1000);
      }
      if (one.type === "candidate-pair" && one.nominated && one.currentRoundTripTime !== undefined) found.rttMs = Math.round(one.currentRoundTripTime * 1000);
    }
    const received = found.received - this.before.received;
    const lost = Math.max(0, found.lost - this.before.lost);
    this.before = { received: found.received, lost: found.lost };
    if (received + lost > 0) this.ears.quality({ loss: lost / (received + lost), jitterMs: found.jitterMs, rttMs: found.rttMs });
  }

  close() {
    clearInterval(this.timer);
    clearTimeout(this.patience);
    this.peer.onconnectionstatechange = null;
    this.peer.close();
    this.audio.srcObject = null;
    for (const track of this.microphone.getTracks()) track.stop();
  }
}

/** Loudness of a microphone, 0 to 1, ten times a second. Returns how to stop. @param {MediaStream} microphone @param {(level: number) => void} tell */
export function watchLevel(microphone, tell) {
  const context = new AudioContext();
  const ear = context.createAnalyser();
  ear.fftSize = 1024;
  context.createMediaStreamSource(microphone).connect(ear);
  const samples = new Float32Array(ear.fftSize);
  const timer = setInterval(() => {
    ear.getFloatTimeDomainData(samples);
    const loud = Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
    tell(Math.min(1, loud * 4));
  }, 100);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
