/**
 * Counts down and asks once in two seconds whether the challenge is over, then shows the page of its end. The page works
 * without it. Inlined exactly as it is here: its hash is in the Content-Security-Policy.
 */
export const script = `
(() => {
  const page = document.querySelector('[data-state-url]');
  const left = document.getElementById('time-left');
  if (!page || !left) return;
  const deadline = performance.now() + Number(page.dataset.remainingMs);
  const leave = () => location.replace(page.dataset.pageUrl);
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((deadline - performance.now()) / 1000));
    left.textContent = Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0');
  };
  const ask = async () => {
    try {
      const response = await fetch(page.dataset.stateUrl, { headers: { accept: 'application/json' } });
      if (response.status === 404) return leave();
      const { state } = await response.json();
      if (state !== 'waiting' && state !== 'confirming') return leave();
    } catch {}
    setTimeout(ask, 2000);
  };
  for (const time of document.querySelectorAll('time')) {
    const when = new Date(time.dateTime);
    if (!Number.isNaN(when.getTime())) time.textContent = when.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  }
  for (const form of document.querySelectorAll('form')) {
    form.addEventListener('submit', () => setTimeout(() => {
      for (const button of document.querySelectorAll('button')) button.disabled = true;
    }));
  }
  tick();
  setInterval(tick, 1000);
  setTimeout(ask, 2000);
})();
`;
