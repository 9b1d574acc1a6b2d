/** The script of the start page: its buttons send requests that a link cannot, and say what came back. */
export const homeScript = `const status = document.querySelector('[role=status]');
const advice = document.querySelector('#advice');

for (const button of document.querySelectorAll('button[data-path]')) {
  button.addEventListener('click', () => send(button));
}

async function send(button) {
  const { method, path, confirm: question } = button.dataset;
  if (question && !confirm(question)) return;
  button.disabled = true;
  status.textContent = 'One moment…';
  try {
    const response = await fetch(path, { method });
    const text = await response.text();
    const answer = text === '' ? {} : JSON.parse(text);
    if (response.ok && !answer.detail) return location.assign('/');
    status.textContent = answer.detail ?? answer.message ?? 'It did not work. Try again.';
    if (answer.removeAccessAt) {
      advice.href = answer.removeAccessAt;
      advice.hidden = false;
    }
    // What is done is done: only a failure may be tried again.
    if (response.ok) return document.querySelectorAll('button').forEach((other) => other.remove());
  } catch {
    status.textContent = 'The site cannot be reached. Try again.';
  }
  button.disabled = false;
}
`;
