/* audit.h - every command of an operator leaves a line: who, what, and how it ended.
 *
 *   dispatch --audit_begin--> struct proto_audit --+-- answered at once ------+
 *                                                  +-- with the heap: pending -+
 *                                        log, taps, topic `audit` <--audit_end-'
 *
 * What needs the operator's role is audited, at whichever door it came, and also when
 * it was refused: for its role, its heap, the cool-down. What is no request at all, or
 * more than a session may say in a second, is not. No token ever is in it. Loop thread.
 */
#ifndef DAEMON_AUDIT_H
#define DAEMON_AUDIT_H

#include "dispatch.h"

/* Begin: `*ret` keeps what the end needs, so the caller may be gone by then. Says it in
 * the log. */
void audit_begin(const struct dispatch *dispatch, const struct caller *caller,
                 const struct proto_request *request, struct proto_audit *ret);
/* The command has ended with `code`; nothing for a method that is not audited. Call it
 * before the answer goes out. */
void audit_end(const struct dispatch *dispatch, struct proto_audit *audit, int code);
/* What dispatch refused. Only so many a second are audited, all callers together: who
 * may command nothing can say it ever so often, and the past and the log must not fill
 * with it. How many were left out, the log says with the next that is not. */
void audit_refused(struct dispatch *dispatch, const struct caller *caller,
                   const struct proto_request *request, int code);
#define AUDIT_REFUSED_A_SECOND 20u
/* Both at once: a command that ended where it began. */
void audit_now(const struct dispatch *dispatch, const struct caller *caller,
               const struct proto_request *request, int code);

#endif
