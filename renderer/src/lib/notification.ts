/*
 * The system's notifications, where the screens run in a browser. It asks the user once, and only after something
 * that the user did: a click on Start, or on the setting.
 */

export type NotificationConsent = 'granted' | 'denied' | 'default' | 'unsupported';

export function notificationConsent(): NotificationConsent {
  return 'Notification' in globalThis ? Notification.permission : 'unsupported';
}

/** Lets the browser ask the user, where it has not yet. To be called from what a click does. */
export async function askForNotifications(): Promise<NotificationConsent> {
  if (notificationConsent() !== 'default') return notificationConsent();
  // Firefox and Safari refuse by an exception what is not asked from a click.
  return Notification.requestPermission().catch(() => 'default' as const);
}

/** Tells of an end while the window is not looked at; a click leads to the place. */
export function tellOutside(words: { title: string; body: string } | null, place: string): void {
  if (!words || document.hasFocus() || notificationConsent() !== 'granted') return;
  // Several tabs of one host have one notification: the tag is the same.
  const notification = new Notification(words.title, { body: words.body, tag: `theriac-${place}` });
  notification.onclick = () => {
    window.focus();
    location.hash = place;
    notification.close();
  };
}
