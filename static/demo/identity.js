// The two first-party cookies by which Meta finds a browser again: `_fbp`, which is made at the
// first visit, and `_fbc`, which keeps the click that led here.
// Form and life: developers.facebook.com/docs/marketing-api/conversions-api/parameters/fbp-and-fbc

const LIFE_SECONDS = 90 * 24 * 60 * 60;
const CLICK_PART = 3;
// What click ids are made of. Anything else is not one, and might end the cookie early.
const CLICK_ID = /^[\w-]{1,500}$/;

function read(name) {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

function keep(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=${LIFE_SECONDS}; SameSite=Lax${secure}`;
  return value;
}

// 0 for a bare name such as localhost, 1 for example.com, 2 for www.example.com.
function subdomainIndex() {
  const isAddress = /^[\d.]+$|:/.test(location.hostname);
  return isAddress ? 1 : location.hostname.split(".").length - 1;
}

function made(id) {
  return `fb.${subdomainIndex()}.${Date.now()}.${id}`;
}

function browserId() {
  return read("_fbp") ?? keep("_fbp", made(crypto.getRandomValues(new Uint32Array(1))[0] >>> 1));
}

function clickId() {
  const kept = read("_fbc");
  const clicked = new URLSearchParams(location.search).get("fbclid");
  // The same click keeps the time at which it was first seen.
  if (!CLICK_ID.test(clicked ?? "") || kept?.split(".")[CLICK_PART] === clicked) return kept;
  return keep("_fbc", made(clicked));
}

/** Returns what is known of this browser: `fbp`, and `fbc` when an ad led here. */
export function browserIds() {
  const fbc = clickId();
  return { fbp: browserId(), ...(fbc && { fbc }) };
}
