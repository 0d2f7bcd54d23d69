/* auto.h - ownership: release beside acquisition, one visible moment of hand-over */
#pragma once

/* Free the variable on every way out of its scope, in reverse order of declaration. */
#define AUTO(free_function) __attribute__((cleanup(free_function)))

/* Hand a pointer on: it is NULL here afterwards, so that AUTO leaves it alone. */
#define TAKE(pointer)                           \
    ({                                          \
        __typeof__(pointer) taken_ = (pointer); \
        (pointer) = NULL;                       \
        taken_;                                 \
    })

/* Make `free_functionp`, for AUTO, from a free function that takes the pointer itself. */
#define DEFINE_AUTO(type, free_function)                \
    static inline void free_function##p(type *variable) \
    {                                                   \
        if (*variable)                                  \
            (void)free_function(*variable);             \
    }

#define MUST_CHECK      __attribute__((warn_unused_result))

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
