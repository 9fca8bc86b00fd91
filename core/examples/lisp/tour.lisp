; Counting frees the number and the handle at once.
(+ 40 2)
(open "scratch")

; A counter is a closure and a frame that hold each other. Forgotten, they are garbage
; that only a collection can see. It returns how many objects it found.
(set counter (lambda (n self) (set self (lambda () (set n (+ n 1))))))
(set c (counter 0 nil))
(c)
(c)
(set c nil)
(collect)

; A handle hangs on such a cycle: its finalizer runs in the collection.
(set keep (lambda (file self) (set self (lambda () file))))
(set k (keep (open "log") nil))
(k)
(set k nil)
(collect)

; Thirty thousand counters: the safepoints collect them, or the memory would not do.
(set churn (lambda (n ignored) (if n (churn (+ n -1) (counter n nil)) n)))
(churn 30000 nil)

; Errors end at the prompt, want of memory too, and nothing is lost.
(set grow (lambda (list) (grow (cons 1 list))))
(grow nil)
(set deep (lambda () (+ 1 (deep))))
(deep)
(cons 1 (cons 2 nil))
