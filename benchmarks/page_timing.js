// What is done on a page is timed inside it, until the frame that shows it has been painted.
window.painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));

window.timed = async (act) => {
  const began = performance.now();
  act();
  await window.painted();
  return performance.now() - began;
};

// How long each of so many frames takes while something is done before each of them.
window.frames = async (count, act) => {
  const gaps = [];
  let last = await new Promise(requestAnimationFrame);
  for (let number = 0; number < count; number += 1) {
    act(number);
    const now = await new Promise(requestAnimationFrame);
    gaps.push(now - last);
    last = now;
  }
  return gaps;
};
