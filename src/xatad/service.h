/* Tells a service manager (systemd's protocol) how the endpoint is; nothing without one. */
#ifndef XATAD_SERVICE_H
#define XATAD_SERVICE_H

/* state: "READY=1", "STOPPING=1", … A manager that does not listen is no failure of ours. */
void service_notify(const char *state);

#endif
