/* In place of an unwinder: a panic aborts, and its message has no backtrace. The standard library
   asks for these functions only to walk the stack. */

#include <stddef.h>

enum { END_OF_STACK = 5 };

int _Unwind_Backtrace(void *frame, void *argument) {
    (void)frame;
    (void)argument;
    return END_OF_STACK;
}

size_t _Unwind_GetIP(void *context) {
    (void)context;
    return 0;
}

size_t _Unwind_GetIPInfo(void *context, int *before) {
    (void)context;
    *before = 0;
    return 0;
}

size_t _Unwind_GetCFA(void *context) {
    (void)context;
    return 0;
}

void *_Unwind_FindEnclosingFunction(void *address) {
    (void)address;
    return NULL;
}
